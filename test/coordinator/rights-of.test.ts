import { describe, expect, it } from "vitest";
import type { HubPermission } from "../../src/chain/rights.js";
import type { Actor } from "../../src/coordinator/access-port.js";
import { GitHubError } from "../../src/coordinator/ports.js";
import { createRights } from "../../src/coordinator/rights-of.js";

const HUB = "acme/product";
const ada: Actor = { kind: "user", login: "ada", id: 1 };
const token: Actor = { kind: "token", id: "t", name: "ci", scope: "read", login: "ada" };

/** GitHub with one permission for everybody, which can change, or an answer that fails. */
function start() {
  const state: { permission: HubPermission; failure: Error | null; asked: string[]; now: number } = {
    permission: "write",
    failure: null,
    asked: [],
    now: 0,
  };
  const github = {
    permission(hub: string, login: string) {
      state.asked.push(`${login} ${hub}`);
      return state.failure === null ? Promise.resolve(state.permission) : Promise.reject(state.failure);
    },
  };
  return { state, rights: createRights({ github, clock: { now: () => state.now } }) };
}

describe("what GitHub says of somebody", () => {
  it("is asked once for a minute, also by many at once, and in whichever spelling", async () => {
    const { state, rights } = start();
    const asked = [rights.permission(ada, HUB), rights.permission(ada, "Acme/Product")];
    expect(await Promise.all(asked)).toEqual(["write", "write"]);
    state.permission = "none";
    state.now = 59_999;
    expect(await rights.permission(ada, HUB)).toBe("write");
    state.now = 60_000;
    expect(await rights.permission(ada, HUB)).toBe("none");
    expect(state.asked).toEqual([`ada ${HUB}`, `ada ${HUB}`]);
  });

  it("is nothing where GitHub refuses to tell, and not believed where it does not answer", async () => {
    const { state, rights } = start();
    state.failure = new GitHubError("refused", 404, "The App is not installed.");
    expect(await rights.may(ada, "read", HUB)).toEqual({ kind: "hidden" });
    state.now = 60_000;
    state.failure = new GitHubError("unknown", 502, "GET was answered 502.");
    await expect(rights.may(ada, "read", HUB)).rejects.toThrow("502");
    state.failure = null;
    expect(await rights.may(ada, "start", HUB)).toEqual({ kind: "allowed" });
  });

  it("is kept for no more people than there is room for", async () => {
    const { state, rights } = start();
    const names = Array.from({ length: 10_001 }, (_, index) => `user${index}`);
    for (const login of names) await rights.permission({ ...ada, login }, HUB);
    state.asked = [];
    await rights.permission({ ...ada, login: "user10000" }, HUB);
    expect(state.asked).toEqual([]);
    await rights.permission({ ...ada, login: "user0" }, HUB);
    expect(state.asked).toEqual([`user0 ${HUB}`]);
  });
});

describe("a verdict", () => {
  it("says what is missing, to who may see the hub", async () => {
    const { state, rights } = start();
    state.permission = "read";
    const sentence = "To retry, ada needs write permission on acme/product in GitHub.";
    expect(await rights.may(ada, "retry", HUB)).toEqual({ kind: "forbidden", sentence });
    state.now = 60_000;
    state.permission = "admin";
    expect(await rights.may(token, "retry", HUB)).toEqual({
      kind: "forbidden",
      sentence: "To retry, a token of scope operate is needed; ci may only read.",
    });
  });

  it("of a list is those that may be read", async () => {
    const { state, rights } = start();
    expect(await rights.readable(ada, ["b/b", "a/a"])).toEqual(["b/b", "a/a"]);
    state.now = 60_000;
    state.permission = "none";
    expect(await rights.readable(token, ["b/b", "a/a"])).toEqual([]);
  });
});
