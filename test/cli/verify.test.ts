import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, truncate, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { spawnSync } from "node:child_process";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { checksumsFile } from "../../src/chain/assets.js";
import { envelopeText, IN_TOTO_TYPE, preAuthenticationEncoding } from "../../src/chain/dsse.js";
import { lockFile } from "../../src/chain/lock-file.js";
import { provenance } from "../../src/chain/provenance.js";
import { readChecksums } from "../../src/chain/read-checksums.js";
import type { PlannedAsset } from "../../src/chain/run.js";
import type { Verification } from "../../src/chain/verification.js";
import { freePorts } from "../../src/cli/demo-server.js";
import { runCli } from "../../src/cli/program.js";
import { openSigningKey } from "../../src/signing-key.js";
import { planOf, runOf } from "../chain/release-fixture.js";
import { signingKey } from "../signing-keys.js";
import { parts } from "./client-parts.js";
import { testIo } from "./test-io.js";

const sha256 = (bytes: Buffer | string): string => createHash("sha256").update(bytes).digest("hex");
const key = await signingKey({ made: Date.now() - 3_600_000 });

let root: string;
let dir: string;
beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), "rc-verify-"));
  dir = path.join(root, "release");
  await mkdir(dir);
  await writeFile(path.join(root, "key.asc"), key.publicKey);
});
afterEach(async () => {
  await rm(root, { recursive: true });
});

async function verify(args: string[], env: Record<string, string> = {}) {
  const io = testIo({ env, cwd: root });
  return { code: await runCli(["verify", ...args], io, parts), out: io.out(), err: io.err() };
}

async function document(args: string[]): Promise<Verification> {
  return JSON.parse((await verify([...args, "--json"])).out) as Verification;
}

const verdicts = ({ checks }: Verification) => Object.fromEntries(checks.map(({ check, verdict }) => [check, verdict]));

/** A signed release: one file whole, one in two parts, as publishing writes them. */
async function writeRelease({ signed = true, tag = "v1.2.0" } = {}): Promise<void> {
  const files: Record<string, string> = {
    "core.manifest": "a manifest",
    "core.wic.part01": "first",
    "core.wic.part02": "second",
  };
  // Without the component whose name no configuration could have: a lock with it is not read again.
  const plan = planOf({ tag, components: planOf().components.slice(0, 2) });
  const run = withFiles(files);
  const origin = { component: "meta-bsp", artifact: "images" };
  const part = { of: "core.wic", sha256: sha256("firstsecond"), count: 2 };
  const assets: PlannedAsset[] = [
    asset("core.manifest", files, { ...origin, path: "core.manifest" }),
    asset("core.wic.part01", files, { ...origin, path: "core.wic", part: { ...part, number: 1, offset: 0 } }),
    asset("core.wic.part02", files, { ...origin, path: "core.wic", part: { ...part, number: 2, offset: 5 } }),
  ];
  const lock = { "release-chain.lock.json": lockFile(plan, run) };
  assets.push(asset("release-chain.lock.json", lock));
  const signer = await openSigningKey({ key: key.privateKey, passphrase: null }, { now: () => Date.now() });
  if (signer === null) throw new Error("no signer");
  const statement = provenance(run, plan, assets, {
    botLogin: "acme[bot]",
    webUrl: "https://github.com",
    version: "1",
  });
  const payload = Buffer.from(JSON.stringify(statement));
  const { binary } = await signer.sign(preAuthenticationEncoding(IN_TOTO_TYPE, payload), Date.now());
  const signature = { keyid: signer.fingerprint, sig: Buffer.from(binary).toString("base64") };
  const proof = { "provenance.intoto.jsonl": envelopeText(payload, signed ? [signature] : []) };
  assets.push(asset("provenance.intoto.jsonl", proof));
  const sums = checksumsFile(assets);
  const all: Record<string, string> = { ...files, ...lock, ...proof, SHA256SUMS: sums };
  if (signed) all["SHA256SUMS.asc"] = (await signer.sign(Buffer.from(sums), Date.now())).armored;
  for (const [name, text] of Object.entries(all)) await writeFile(path.join(dir, name), text);
}

function asset(name: string, files: Record<string, string>, more: Partial<PlannedAsset> = {}): PlannedAsset {
  const text = files[name] ?? "";
  return { name, size: text.length, sha256: sha256(text), component: null, artifact: null, path: null, ...more };
}

function withFiles(files: Record<string, string>) {
  const run = runOf();
  const file = { checkedBy: [], attestedBy: null };
  const collected = [
    { ...file, path: "core.manifest", size: 10, sha256: sha256(files["core.manifest"] ?? "") },
    { ...file, path: "core.wic", size: 11, sha256: sha256("firstsecond") },
  ];
  const components = run.components.slice(0, 2).map((one) => ({
    ...one,
    artifacts: one.artifacts.map((artifact) => ({ ...artifact, files: collected })),
  }));
  return { ...run, startedAt: 1, components };
}

describe("a release in a folder", () => {
  it("is checked in every way, and told as a table", async () => {
    await writeRelease();
    const result = await verify(["release", "--key", "key.asc", "--strict"]);
    expect([result.code, result.err]).toEqual([0, ""]);
    await expect(result.out.replaceAll(key.fingerprint, "FINGERPRINT")).toMatchFileSnapshot("golden/verify.txt");
  });

  it("is not wrong where no key is given, unless everything is to be checked", async () => {
    await writeRelease();
    const result = await document(["release"]);
    expect(result.ok).toBe(true);
    expect(verdicts(result)).toMatchObject({
      signature: "unchecked",
      "provenance-signature": "unchecked",
      parts: "good",
    });
    expect(result.checks.find(({ check }) => check === "signature")?.detail).toContain("not checked: no key");
    expect((await verify(["release", "--strict"])).code).toBe(1);
  });

  it("is wrong where it is not signed, and a key is given", async () => {
    await writeRelease({ signed: false });
    expect(verdicts(await document(["release"]))).toMatchObject({ signature: "unchecked", provenance: "good" });
    const asked = await document(["release", "--key", "key.asc"]);
    expect(verdicts(asked)).toMatchObject({ signature: "bad", "provenance-signature": "bad" });
  });

  it("is wrong where a file differs, is missing, or a link; files of others are told", async () => {
    await writeRelease();
    await writeFile(path.join(dir, "core.wic.part02"), "sceond");
    await rm(path.join(dir, "core.manifest"));
    await writeFile(path.join(root, "outside"), "a manifest");
    await symlink(path.join(root, "outside"), path.join(dir, "core.manifest"));
    await rm(path.join(dir, "release-chain.lock.json"));
    await writeFile(path.join(dir, "by\u001b[2Jhand.txt"), "");
    const result = await document(["release", "--key", "key.asc"]);
    expect(result.ok).toBe(false);
    expect(verdicts(result)).toEqual({
      checksums: "bad",
      signature: "good",
      provenance: "good",
      "provenance-signature": "good",
      parts: "bad",
      lock: "bad",
    });
    expect(Object.fromEntries(result.files.map(({ name, state }) => [name, state]))).toMatchObject({
      "core.manifest": "refused",
      "core.wic.part01": "good",
      "core.wic.part02": "differs",
      "release-chain.lock.json": "missing",
      "by\u001b[2Jhand.txt": "foreign",
    });
    const shown = await verify(["release"]);
    expect(shown.code).toBe(1);
    expect(shown.out).toContain("it is a symbolic link, and is not followed");
    expect(shown.out).not.toContain("\u001b");
  });

  it("is wrong where the signature is of something else, or no signature", async () => {
    await writeRelease();
    const sums = path.join(dir, "SHA256SUMS");
    await writeFile(sums, `${sha256("x")}  x\n`);
    await writeFile(path.join(dir, "x"), "x");
    const other = await document(["release", "--key", "key.asc"]);
    expect(other.checks[1]).toMatchObject({ verdict: "bad", detail: "SHA256SUMS.asc: it is not of these bytes." });
    await writeFile(path.join(dir, "SHA256SUMS.asc"), "nonsense");
    const none = await document(["release", "--key", "key.asc"]);
    expect(none.checks[1]).toMatchObject({ verdict: "bad", detail: "SHA256SUMS.asc: it is no OpenPGP signature." });
  });

  it("is wrong where the provenance contradicts the checksums, whoever signed them", async () => {
    await writeRelease({ signed: false });
    await writeFile(path.join(dir, "core.manifest"), "other");
    const names = [
      "core.manifest",
      "core.wic.part01",
      "core.wic.part02",
      "provenance.intoto.jsonl",
      "release-chain.lock.json",
    ];
    const { stdout } = spawnSync("sha256sum", names, { cwd: dir, encoding: "utf8" });
    await writeFile(path.join(dir, "SHA256SUMS"), stdout);
    const result = await document(["release"]);
    expect(verdicts(result)).toMatchObject({ checksums: "good", provenance: "bad", lock: "good" });
  });
});

describe("a folder that is no release", () => {
  it.each([
    ["names outside", `${sha256("")}  ../key.asc\n`, /line 1 names a file outside of the folder/],
    ["absolute names", `${sha256("")}  /etc/passwd\n`, /line 1 names a file outside of the folder/],
    ["control characters", `${sha256("")}  a\u001bb\n`, /line 1 names a file with a control character/],
    ["a name twice", `${sha256("")}  a\n${sha256("")}  a\n`, /line 2 names a again/],
    ["something else", "hello\n".repeat(1_000), /line 1 is no line of sha256sum.*and 990 more problems/s],
    ["nothing", "", /it names no file/],
  ])("with %s in SHA256SUMS is told so", async (_, text, words) => {
    await writeFile(path.join(dir, "SHA256SUMS"), text);
    const { checks, ok } = await document(["release"]);
    expect([ok, checks[0]?.verdict]).toEqual([false, "bad"]);
    expect(checks[0]?.detail).toMatch(words);
  });

  it("with a huge SHA256SUMS, or a pipe for one, is told so without reading it", async () => {
    const sums = path.join(dir, "SHA256SUMS");
    await writeFile(sums, "");
    await truncate(sums, 40 * 1024 ** 3);
    expect((await document(["release"])).checks[0]?.detail).toMatch(/has 42949672960 bytes, and at most \d+ are read/);
    await rm(sums);
    spawnSync("mkfifo", [sums]);
    expect((await document(["release"])).checks[0]?.detail).toContain("it is no regular file, and is not followed");
  });

  it.each([
    ["a folder that is not there", ["nowhere"], /There is no folder/],
    ["a file", ["key.asc"], /is no folder/],
    ["a key that is none", ["release", "--key", "release/SHA256SUMS"], /holds no armored OpenPGP public key/],
    ["a key that is not there", ["release", "--key", "no.asc"], /--key no\.asc cannot be read \(ENOENT\)/],
    ["--keep of a folder", ["release", "--keep", "x"], /--keep is for what is downloaded/],
    ["--keep into files", ["acme/hub@v1", "--keep", "release"], /--keep release is not empty/],
  ])("is wrong use: %s", async (_, args, words) => {
    await writeFile(path.join(dir, "SHA256SUMS"), "");
    const { code, err } = await verify(args);
    expect([code, err]).toEqual([2, expect.stringMatching(words)]);
  });

  it("is no place for a private key", async () => {
    await writeFile(path.join(root, "private.asc"), key.privateKey);
    expect(await verify(["release", "--key", "private.asc"])).toMatchObject({
      code: 2,
      err: expect.stringContaining("private") as string,
    });
  });
});

it("any text is read as checksums or told to be none, and names lead nowhere", () => {
  const line = fc
    .tuple(fc.constantFrom(sha256("a"), "zz"), fc.constantFrom("  ", " *", " "), fc.string())
    .map((parts) => parts.join(""));
  fc.assert(
    fc.property(fc.array(line), (lines) => {
      const read = readChecksums(lines.join("\n"));
      if (!read.ok) expect(read.problems.length).toBeGreaterThan(0);
      else for (const { name } of read.lines) expect(path.dirname(path.join("/release", name))).toBe("/release");
    }),
  );
});

describe("a release on GitHub", () => {
  /** A GitHub with one release: its API, the release's files, and a storage host that is not to see the token. */
  async function fakeGitHub(files: Record<string, string>) {
    const asked: { url: string; token: boolean }[] = [];
    const server = createServer((request, response) => {
      const url = request.url ?? "";
      asked.push({ url, token: request.headers.authorization !== undefined });
      const names = Object.keys(files);
      const base = `http://${request.headers.host ?? ""}`;
      const [, id] = /\/releases\/assets\/(\d+)$/.exec(url) ?? [];
      if (url.endsWith("/releases/tags/v1.2.0")) response.end(JSON.stringify({ id: 7 }));
      else if (url.includes("/releases/7/assets"))
        response.end(
          JSON.stringify(
            names.map((name, index) => ({
              id: index,
              name,
              size: 9,
              state: "uploaded",
              browser_download_url: `${base}/files/${index}`,
            })),
          ),
        );
      else if (id !== undefined) response.writeHead(302, { location: `/files/${id}` }).end();
      else if (url.startsWith("/files/")) response.end(files[names[Number(url.slice(7))] ?? ""]);
      else response.writeHead(404).end("{}");
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void server.close());
    const { port } = server.address() as AddressInfo;
    return { asked, env: { GHE_HOST: `127.0.0.1:${port}`, GHE_PROTOCOL: "http" } };
  }

  it("is downloaded by its links without a token, by the API with one, which storage never sees", async () => {
    const files = { "a.bin": "one", SHA256SUMS: `${sha256("one")}  a.bin\n` };
    const { asked, env } = await fakeGitHub(files);
    expect((await verify(["acme/hub@v1.2.0"], env)).code).toBe(0);
    expect(asked.some(({ token }) => token)).toBe(false);
    expect((await verify(["acme/hub@v1.2.0"], { ...env, GITHUB_TOKEN: "t" })).code).toBe(0);
    expect(asked.filter(({ url }) => url.includes("/api/v3/")).some(({ token }) => token)).toBe(true);
    expect(asked.filter(({ url, token }) => url.startsWith("/files/") && token)).toEqual([]);
  });

  it.each([
    ["that is not there", "v9", {}, /no published release acme\/hub@v9.*GITHUB_TOKEN/],
    ["with a name that leads elsewhere", "v1.2.0", { "../a.bin": "one" }, /"\.\.\/a\.bin" is no file name/],
  ])("fails with words where it is one %s", async (_, tag, files, words) => {
    const { env } = await fakeGitHub(files);
    const { code, err } = await verify([`acme/hub@${tag}`], env);
    expect([code, err]).toEqual([1, expect.stringMatching(words)]);
  });

  it("fails with words where nobody answers", async () => {
    const [port] = await freePorts(1);
    const { code, err } = await verify(["acme/hub@v1"], { GHE_HOST: `127.0.0.1:${port}`, GHE_PROTOCOL: "http" });
    expect([code, err]).toEqual([1, expect.stringContaining("ECONNREFUSED")]);
  });

  it("is wrong where its files, all of them well, are those of another release", async () => {
    await writeRelease({ tag: "v1.1.0" });
    const files: Record<string, string> = {};
    for (const name of await readdir(dir)) files[name] = await readFile(path.join(dir, name), "utf8");
    const { env } = await fakeGitHub(files);
    const { code, out } = await verify(["acme/hub@v1.2.0", "--key", "key.asc"], env);
    expect([code, out]).toEqual([
      1,
      expect.stringContaining("It is of another release: acme/hub@v1.1.0, not acme/hub@v1.2.0"),
    ]);
  });
});
