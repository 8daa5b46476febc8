/** The text of a file, in whatever way a server answers. */
import nock from "nock";
import { describe, expect, it } from "vitest";
import type { GitHub } from "../../src/coordinator/ports.js";
import { failure } from "./real-hosts.js";
import { API, createWorld, REPO, withoutNetwork } from "./world.js";

withoutNetwork();

describe("readFile", () => {
  const path = "/repos/acme/sdk/contents/conf/layer%20a.conf?ref=v1.0%2Bx";
  const read = (github: GitHub) => github.readFile(REPO, "conf/layer a.conf", "v1.0+x");

  it.each(["application/vnd.github.raw+json; charset=utf-8", "application/octet-stream", "text/plain"])(
    "gives the text of a file that comes as %s",
    async (type) => {
      nock(API)
        .get(path)
        .matchHeader("accept", "application/vnd.github.raw+json")
        .reply(200, 'BBFILE_COLLECTIONS += "é"\n', { "content-type": type });
      expect(await read(createWorld().github)).toBe('BBFILE_COLLECTIONS += "é"\n');
    },
  );

  it("gives the text where a server describes the file in JSON", async () => {
    const content = Buffer.from("grüße").toString("base64");
    nock(API)
      .get(path)
      .reply(200, { type: "file", encoding: "base64", content: `${content}\n` });
    expect(await read(createWorld().github)).toBe("grüße");
  });

  it("is null where there is none", async () => {
    nock(API).get(path).reply(404, { message: "Not Found" });
    expect(await read(createWorld().github)).toBeNull();
  });

  it.each([
    ["a folder", [{ type: "file", name: "x" }]],
    ["a submodule", { type: "submodule", submodule_git_url: "git://x" }],
    ["a symbolic link that leads to no file", { type: "symlink", target: "../.." }],
  ])("refuses %s", async (what, answer) => {
    nock(API).get(path).reply(200, answer, { "content-type": "application/json; charset=utf-8" });
    const error = await failure(read(createWorld().github));
    expect(error).toMatchObject({ kind: "refused", status: 200 });
    expect(error.message).toContain(`this is ${what}, not a file`);
  });

  it("names what is neither a file nor its description", async () => {
    nock(API).persist().get(path).reply(200, "{", { "content-type": "application/json" });
    expect(await failure(read(createWorld().github))).toMatchObject({ kind: "unknown", status: 200 });
  });

  it("passes on GitHub's word about files that are too large", async () => {
    nock(API)
      .get(path)
      .reply(403, { message: "This file is too large", errors: [{ code: "too_large" }] });
    expect(await failure(read(createWorld().github))).toMatchObject({ kind: "refused", codes: ["too_large"] });
  });
});
