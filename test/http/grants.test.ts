/** Who may fetch what: the key of the signatures, and where they lead. */
import { createPrivateKey, generateKeyPairSync } from "node:crypto";
import { describe, expect, it } from "vitest";
import { unpackedPath } from "../../src/chain/upstream.js";
import { createGrants, publicUrlAdvice } from "../../src/http/grants.js";
import { privateKey } from "./fake-app.js";
import { hash, SAME } from "./hand-off-server.js";

describe("the key of signatures", () => {
  const file = { component: "a", artifact: "b", file: "c", size: 1, sha256: hash(SAME) };
  const publicUrl = "https://chain.example.com/base";
  const made = (pem: string): string => createGrants({ privateKey: pem, publicUrl }).addresses?.file("R", file) ?? "";

  it("is the same whichever way the App's key is written, and another for another key", () => {
    const pkcs1 = createPrivateKey(privateKey).export({ type: "pkcs1", format: "pem" }).toString();
    expect(made(pkcs1)).toBe(made(privateKey));
    expect(made(privateKey)).toMatch(
      /^https:\/\/chain\.example\.com\/base\/api\/v1\/artifacts\/[0-9a-f]{64}\?handoff=R\.[\w-]{16}\.[\w-]{43}$/,
    );
    const other = generateKeyPairSync("rsa", { modulusLength: 1024 }).privateKey.export({
      type: "pkcs8",
      format: "pem",
    });
    expect(made(other.toString())).not.toBe(made(privateKey));
  });
});

describe("unpackedPath", () => {
  it("stays below its folder, whatever an artifact is called", () => {
    const at = (artifact: string, file = "x"): string =>
      unpackedPath({ component: "bsp", artifact, file, size: 1, sha256: "" });
    expect([at(".."), at("../.."), at("a/b"), at("a\\b"), at("a\nb"), at(""), at("ok", "../a//b")]).toEqual([
      "bsp/_/x",
      "bsp/.._../x",
      "bsp/a_b/x",
      "bsp/a_b/x",
      "bsp/a_b/x",
      "bsp/_/x",
      "bsp/ok/_/a/_/b",
    ]);
  });
});

describe("publicUrlAdvice", () => {
  it.each([
    [null, "https://api.github.com", "PUBLIC_URL is not set"],
    ["http://localhost:3000", "https://api.github.com", "no runner of GitHub's reaches it"],
    ["http://127.0.0.1:3000", "http://127.0.0.1:4000/api/v3", null],
    ["http://chain.example.com", "https://api.github.com", "is not https"],
    ["https://chain.example.com", "https://api.github.com", null],
  ])("%s with %s", (publicUrl, apiUrl, words) => {
    const advice = publicUrlAdvice(publicUrl, apiUrl);
    if (words === null) expect(advice).toBeNull();
    else expect(advice).toContain(words);
  });
});
