/** Reading release runs. */
import { createRoute, z } from "@hono/zod-openapi";
import { readEventId } from "../../chain/event-ids.js";
import { Event } from "./event-schemas.js";
import { after, hubName, limit, moment, pageOf, tagName, text, told } from "./fields.js";
import {
  badQuery,
  conditional,
  failures,
  gitHubFailed,
  idOfComponent,
  idOfRun,
  json,
  ofRun,
  problem,
  unchanged,
} from "./route-parts.js";
import { Lock, Log, Notice, Plan, Run, runConclusion, runStatus } from "./run-schemas.js";

export const listRuns = createRoute({
  method: "get",
  path: "/api/v1/runs",
  operationId: "listRuns",
  summary: "Release runs, newest first",
  request: {
    headers: conditional,
    query: z.strictObject({
      hub: told(hubName.optional(), "owner/repo"),
      tag: told(tagName.optional(), "Tag of the release"),
      status: told(runStatus.optional(), "Status of the run"),
      conclusion: told(runConclusion.optional(), "Conclusion of the run"),
      since: told(moment.optional(), "Created at or after a day, or a time with its zone"),
      until: told(moment.optional(), "Created before a day, or a time with its zone"),
      after,
      limit: limit(200, 50),
    }),
  },
  responses: { 200: json("A page", pageOf(Run)), 304: unchanged, ...badQuery, ...failures },
});

export const getRun = createRoute({
  method: "get",
  path: "/api/v1/runs/{id}",
  operationId: "getRun",
  summary: "A release run",
  request: { headers: conditional, params: ofRun },
  responses: { 200: json("The run", Run), 304: unchanged, 404: problem("No such run"), ...failures },
});

const noPlan = { 404: problem("No such run, or no plan yet") };

export const getPlan = createRoute({
  method: "get",
  path: "/api/v1/runs/{id}/plan",
  operationId: "getPlan",
  summary: "The plan of a release run, as it was frozen",
  request: { headers: conditional, params: ofRun },
  responses: { 200: json("The plan", Plan), 304: unchanged, ...noPlan, ...failures },
});

export const getLock = createRoute({
  method: "get",
  path: "/api/v1/runs/{id}/lock",
  operationId: "getLock",
  summary: "The lock of a release run: what it builds or has built, and from which commits",
  request: { headers: conditional, params: ofRun },
  responses: { 200: json("The lock", Lock), 304: unchanged, ...noPlan, ...failures },
});

const eventId = z.string().refine((id) => readEventId(id) !== null, "must be the id of an event, like 12.0");

export const followRun = createRoute({
  method: "get",
  path: "/api/v1/runs/{id}/events",
  operationId: "followRun",
  summary: "What was told of a release run and what comes, oldest first",
  description:
    "Server-sent events, or with `Accept: application/json` a list of those so far. Each event of the stream has its id, and as data what the list has as an item.",
  request: {
    headers: z.object({ "last-event-id": told(text.optional(), "As `after`; what browsers send when they come back") }),
    params: ofRun,
    query: z.strictObject({
      after: told(eventId.optional(), "Id of an event: those after it"),
      limit: told(limit(1000, 200), "Items of a page, of the list"),
    }),
  },
  responses: {
    200: {
      description: "The events",
      content: { "text/event-stream": { schema: text }, "application/json": { schema: pageOf(Event) } },
    },
    400: problem("`after` or `Last-Event-ID` is no id of an event"),
    404: problem("No such run"),
    503: problem("Too many streams are open, or the server is stopping"),
    ...failures,
  },
});

/** In the path. */
const attemptNumber = z.union([z.literal("last"), z.coerce.number().int().min(1).max(100_000)], {
  error: "the number of an attempt, or `last`",
});

export const getLog = createRoute({
  method: "get",
  path: "/api/v1/runs/{id}/components/{component}/attempts/{number}/logs",
  operationId: "getLog",
  summary: "The end of the log of an attempt's failing job, else of the one that is or was under way",
  description: "From GitHub, which has the log of a job once the job has ended. Secrets of the server are masked.",
  request: {
    params: z.object({
      id: idOfRun,
      component: idOfComponent,
      number: told(attemptNumber, "Number of the attempt, or `last`"),
    }),
    query: z.strictObject({ tail: told(limit(5_000, 200), "Lines at most") }),
  },
  responses: {
    200: json("The lines", Log),
    ...badQuery,
    404: problem("No such run, component or attempt, or it has no workflow run"),
    ...gitHubFailed,
    ...failures,
  },
});

export const listNotices = createRoute({
  method: "get",
  path: "/api/v1/runs/{id}/notices",
  operationId: "listNotices",
  summary: "The notices of a release run, and what became of them; oldest first",
  request: { params: ofRun, query: z.strictObject({ after, limit: limit(1000, 200) }) },
  responses: { 200: json("A page", pageOf(Notice)), ...badQuery, 404: problem("No such run"), ...failures },
});
