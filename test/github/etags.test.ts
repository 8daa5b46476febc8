/** What was read before and has not changed is not sent again, whatever the cache has dropped meanwhile. */
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { readUnlessSame } from "../../src/github/api.js";
import type { ApiParts } from "../../src/github/api.js";
import { createEtagCache } from "../../src/github/etags.js";
import { readRequest } from "../../src/github/request.js";
import type { ApiAnswer, ApiRequest } from "../../src/github/request.js";
import { REPO } from "./world.js";

const schema = z.object({ text: z.string() });

/** Sends what `answer` says; everything else is as little as the reading needs. */
function parts(answer: (request: ApiRequest) => Promise<Partial<ApiAnswer>>): ApiParts {
  const quiet = (): void => undefined;
  const log = { debug: quiet, info: quiet, warn: quiet, error: quiet };
  const plain: ApiAnswer = { status: 200, headers: {}, at: null, json: undefined, bytes: null, stream: null };
  const some: Partial<ApiParts> = {
    etags: createEtagCache(1),
    clock: { now: () => 0 },
    log,
    sleep: () => Promise.resolve(),
    sendWith: async (request) => ({ ...plain, ...(await answer(request)) }),
  };
  const credentials = {
    installationId: () => Promise.resolve(1),
    token: () => Promise.resolve("token"),
    dropToken: quiet,
    forget: quiet,
  };
  const pacer = {
    run: (_: unknown, work: () => unknown) => work(),
    pause: quiet,
    learn: quiet,
    accept: quiet,
    refusals: () => 0,
  };
  return { ...some, credentials, pacerOf: () => pacer } as unknown as ApiParts;
}

function read(of: ApiParts, path: string): Promise<{ value: { text: string } }> {
  return readUnlessSame(of, readRequest(REPO, path, "Actions: read"), schema);
}

describe("an unchanged answer", () => {
  it("is the one from before, also where the cache dropped it while GitHub was asked", async () => {
    const asked: (string | undefined)[] = [];
    const github = parts(async ({ path, headers }) => {
      asked.push(headers?.["if-none-match"]);
      if (headers?.["if-none-match"] !== undefined) {
        await read(github, "/another"); // fills the cache, which has room for one
        return { status: 304 };
      }
      return { json: { text: path }, headers: { etag: '"1"' } };
    });
    const first = await read(github, "/actions/runs/7");
    expect(await read(github, "/actions/runs/7")).toEqual(first);
    expect(asked).toEqual([undefined, '"1"', undefined]);
    await read(github, "/actions/runs/7");
    expect(asked.at(-1)).toBeUndefined();
  });
});
