/** Issues and comments over REST. */
import { apiBase } from "./app-routes.js";
import { ApiError, json, jsonBody, page, textField } from "./http.js";
import * as issues from "./issues.js";
import { repositoryRoute, type RepositoryContext, type Route } from "./router.js";
import { botAccount } from "./world.js";

export const issueRoutes: Route[] = [
  repositoryRoute("POST /issues", "issues:write", ({ world, repository, request }) => {
    const body = jsonBody(request);
    const title = textField(body, "title") ?? "";
    if (title === "")
      throw new ApiError(422, "Validation Failed", [{ resource: "Issue", code: "missing_field", field: "title" }]);
    const fields = { title, body: textField(body, "body") ?? null, user: botAccount(world) };
    return json(issues.issueJson(world, issues.createIssue(world, repository, fields)), 201);
  }),
  repositoryRoute("GET /issues", "issues:read", ({ world, repository, request }) => {
    const creator = request.query.get("creator")?.toLowerCase();
    const state = request.query.get("state") ?? "open";
    const found = world.issues
      .filter((issue) => issue.repository === repository)
      .filter((issue) => creator === undefined || issue.user.login.toLowerCase() === creator)
      .filter((issue) => state === "all" || issue.state === state)
      .reverse();
    const { items, headers } = page(request, apiBase(world), found);
    return json(
      items.map((issue) => issues.issueJson(world, issue)),
      200,
      headers,
    );
  }),
  repositoryRoute("GET /issues/{number}", "issues:read", (context) =>
    json(issues.issueJson(context.world, issue(context))),
  ),
  repositoryRoute("PATCH /issues/{number}", "issues:write", (context) => {
    const body = jsonBody(context.request);
    const [title, text, state] = ["title", "body", "state"].map((name) => textField(body, name));
    if (state !== undefined && state !== "open" && state !== "closed") throw new ApiError(422, "Invalid request.");
    const found = issue(context);
    issues.updateIssue(context.world, found, {
      ...(title !== undefined && { title }),
      ...(text !== undefined && { body: text }),
      ...(state !== undefined && { state }),
    });
    return json(issues.issueJson(context.world, found));
  }),
  repositoryRoute("POST /issues/{number}/comments", "issues:write", (context) => {
    const { world, request } = context;
    const text = textField(jsonBody(request), "body") ?? "";
    if (text === "") throw new ApiError(422, "Body cannot be blank");
    return json(issues.commentJson(world, issues.addComment(world, issue(context), text, botAccount(world))), 201);
  }),
  repositoryRoute("GET /issues/{number}/comments", "issues:read", (context) => {
    const { items, headers } = page(context.request, apiBase(context.world), issue(context).comments);
    return json(
      items.map((one) => issues.commentJson(context.world, one)),
      200,
      headers,
    );
  }),
  repositoryRoute("POST /issues/comments/{comment}/reactions", "issues:write", (context) => {
    const { world, request } = context;
    const wanted = textField(jsonBody(request), "content");
    const content = issues.REACTIONS.find((one) => one === wanted);
    if (content === undefined) throw new ApiError(422, "Invalid request.\n\nNo such reaction.");
    const { reaction, isNew } = issues.react(world, comment(context), content, botAccount(world));
    return json(issues.reactionJson(world, reaction), isNew ? 201 : 200);
  }),
  repositoryRoute("GET /issues/comments/{comment}/reactions", "issues:read", (context) => {
    const { items, headers } = page(context.request, apiBase(context.world), comment(context).reactions);
    return json(
      items.map((one) => issues.reactionJson(context.world, one)),
      200,
      headers,
    );
  }),
];

function issue(context: RepositoryContext): issues.Issue {
  return issues.issueOf(context.world, context.repository, Number(context.param("number")));
}

function comment(context: RepositoryContext): issues.Comment {
  return issues.commentOf(context.world, context.repository, Number(context.param("comment")));
}
