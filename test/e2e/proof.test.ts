import { execFile, spawnSync } from "node:child_process";
import { cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it, onTestFinished } from "vitest";
import { preAuthenticationEncoding } from "../../src/chain/dsse.js";
import type { Statement } from "../../src/chain/provenance.js";
import { runCli } from "../../src/cli/program.js";
import { expectStatement, openEnvelope } from "../chain/provenance-schema.js";
import { parts } from "../cli/client-parts.js";
import { testIo } from "../cli/test-io.js";
import { readPage, section } from "../docs/markdown.js";
import { signingKey } from "../signing-keys.js";
import { callApi } from "./api-client.js";
import { artifactOf, HUB, startScenario, TAG, type ProductSpec, type Scenario } from "./harness.js";
import { assetNames, expectVerified } from "./release.js";

const run = promisify(execFile);
const HAS_GPG = spawnSync("gpg", ["--version"]).status === 0;
if (!HAS_GPG) console.warn("This machine has no gpg: what it would say of the signatures is not looked at.");

const HAS_JQ = spawnSync("jq", ["--version"]).status === 0;
if (!HAS_JQ) console.warn("This machine has no jq: what docs/verifying.md does with it is not run.");

const QUICK = "monitor: {poll-interval: 1s}";
const product: ProductSpec = {
  config: `${QUICK}\npublish: {sign: true}`,
  components: {
    sdk: {},
    image: { needs: ["sdk"], more: "source: locked", script: { artifacts: [artifactOf("image", 5_000)] } },
    pinned: { more: "build: false" },
  },
};

/** The real gpg, with nothing in its keyring but the key; gives what it says. */
async function gpgVerify(key: string, signature: string, bytes: Buffer): Promise<string> {
  const home = await mkdtemp(join(tmpdir(), "rc-gpg-"));
  const of = join(home, "signed");
  const by = join(home, "signature");
  try {
    await Promise.all([writeFile(of, bytes), writeFile(by, Buffer.from(signature, "base64"))]);
    await writeFile(join(home, "key.asc"), key);
    const options = ["--homedir", home, "--batch", "--no-autostart"];
    await run("gpg", [...options, "--import", join(home, "key.asc")]);
    return (await run("gpg", [...options, "--status-fd", "1", "--verify", by, of])).stdout;
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

/** What docs/verifying.md has people type, in a folder as they have it; gives what it prints. */
async function asThePageSays(downloaded: string, folder: string, key: string): Promise<string> {
  const files = join(folder, "by-hand");
  const home = join(folder, "gnupg");
  await cp(downloaded, files, { recursive: true });
  await mkdir(home, { mode: 0o700 });
  await writeFile(join(files, "acme-releases.asc"), key);
  const text = section(readPage("docs/verifying.md"), "With sha256sum and gpg");
  const [plain = "", withJq = ""] = [...text.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, block = ""]) => block);
  expect([plain, withJq]).toEqual([expect.stringContaining("SHA256SUMS.asc"), expect.stringContaining("jq -r")]);
  const script = `exec 2>&1\n${plain}${HAS_JQ ? withJq : ""}`;
  const env = { PATH: process.env["PATH"], GNUPGHOME: home, LC_ALL: "C" };
  const { stdout } = await run("bash", ["--noprofile", "--norc", "-eo", "pipefail", "-c", script], { cwd: files, env });
  return stdout;
}

/** `release-chain verify`, as anybody would run it. */
async function verify(args: string[], env: Record<string, string | undefined>) {
  const io = testIo({ env, cwd: tmpdir() });
  return { code: await runCli(["verify", ...args], io, parts), out: io.out(), err: io.err() };
}

/** What anyone can download. */
function contentOfAsset({ sandbox }: Scenario, name: string): Buffer {
  const found = sandbox.release(HUB, TAG)?.assets.find((asset) => asset.name === name);
  if (found === undefined) throw new Error(`no asset ${name}`);
  return Buffer.from(found.content);
}

describe("a signed release", () => {
  it("is proved by sha256sum, by gpg, and by a provenance as its specifications say", async () => {
    const key = await signingKey({ passphrase: "open sesame" });
    const env = { SIGNING_KEY: key.privateKey.replaceAll("\n", "\\n"), SIGNING_KEY_PASSPHRASE: "open sesame" };
    const scenario = await startScenario(product, { env });
    const { sandbox, server, release, completed } = scenario;
    const folder = await mkdtemp(join(tmpdir(), "rc-proof-"));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    release();
    const done = await completed();
    expect(done).toMatchObject({ conclusion: "success", reason: null });

    const published = sandbox.release(HUB, TAG);
    const own = ["SHA256SUMS", "SHA256SUMS.asc", "provenance.intoto.jsonl", "release-chain.lock.json"];
    expect(assetNames(published)).toEqual([...own, "image.img", "sdk.img"].sort());
    await expectVerified(published);

    const asked = await callApi(server, `signing-key`);
    expect(asked.headers.get("content-type")).toBe("application/pgp-keys");
    const publicKey = await asked.text();
    const { payload, signatures } = openEnvelope(contentOfAsset(scenario, "provenance.intoto.jsonl").toString());
    expect(signatures.map(({ keyid }) => keyid)).toEqual([key.fingerprint]);
    if (HAS_GPG) {
      const sums = contentOfAsset(scenario, "SHA256SUMS");
      const asc = contentOfAsset(scenario, "SHA256SUMS.asc").toString("base64");
      expect(await gpgVerify(publicKey, asc, sums)).toContain(`VALIDSIG ${key.fingerprint}`);
      const signed = preAuthenticationEncoding("application/vnd.in-toto+json", Buffer.from(payload));
      expect(await gpgVerify(publicKey, signatures[0]?.sig ?? "", signed)).toContain("VALIDSIG");
    }

    const statement = JSON.parse(payload) as Statement;
    expectStatement(statement);
    const named = contentOfAsset(scenario, "SHA256SUMS").toString().trim().split("\n");
    expect(statement.subject.map(({ name, digest }) => `${digest.sha256}  ${name}`)).toEqual(
      named.filter((line) => !line.endsWith("provenance.intoto.jsonl")),
    );
    const { resolvedDependencies } = statement.predicate.buildDefinition;
    expect(
      resolvedDependencies.map(({ name, digest, annotations }) => [name, digest, annotations?.["evidence"]]),
    ).toEqual([
      [HUB, { gitCommit: sandbox.head(HUB) }, undefined],
      ["image", { gitCommit: sandbox.head("acme/image") }, "requested"],
      ["pinned", { gitCommit: sandbox.head("acme/pinned") }, "locked"],
      ["sdk", { gitCommit: sandbox.head("acme/sdk") }, "built"],
    ]);
    const runs = statement.predicate.runDetails.byproducts.filter(({ name }) => name === "workflow run");
    expect(runs.map(({ annotations }) => annotations?.["workflowRunId"])).toEqual(
      ["image", "sdk"].map(
        (id) => done.components.find((component) => component.id === id)?.attempts[0]?.workflowRunId,
      ),
    );
    expect(published?.body).toContain(`by the key \`${key.fingerprint}\``);
    const keep = join(folder, "downloaded");
    const cli = { ...sandbox.environment(), RELEASE_CHAIN_URL: server.localUrl };
    const verified = await verify([`${HUB}@${TAG}`, "--keep", keep, "--strict", "--json"], cli);
    expect([verified.code, verified.err]).toEqual([0, expect.stringMatching(/^Downloading 6 files, \d.+\n$/)]);
    expect(JSON.parse(verified.out)).toMatchObject({ ok: true, madeBy: { hub: HUB, tag: TAG, releaseRun: done.id } });
    if (HAS_GPG) {
      const said = await asThePageSays(keep, folder, publicKey);
      expect(said.match(/Good signature/g)).toHaveLength(HAS_JQ ? 2 : 1);
      expect(said).toContain("sdk.img: OK");
    }
    await writeFile(join(keep, "sdk.img"), "something else");
    const tampered = await verify([keep], cli);
    expect(tampered).toMatchObject({ code: 1, out: expect.stringMatching(/sdk\.img .*has another SHA-256/) as string });
    const another = join(folder, "another.asc");
    await writeFile(another, (await signingKey()).publicKey);
    const mistrusted = await verify([`${HUB}@${TAG}`, "--key", another], sandbox.environment());
    expect(mistrusted).toMatchObject({ code: 1, out: expect.stringContaining("was made by another key") as string });

    expect(await server.log()).toContain(key.fingerprint);
    expect(await server.log()).not.toContain("open sesame");
  });
});

describe("a release that is to be signed", () => {
  it("is refused before anything is built where the server has no key", async () => {
    const { sandbox, server, release, completed } = await startScenario({ ...product, components: { sdk: {} } });
    release();
    const done = await completed();
    expect(done).toMatchObject({ conclusion: "failure" });
    expect(done.reason).toMatch(/^no_signing_key: publish\.sign asks .* SIGNING_KEY/);
    expect(sandbox.dispatches).toEqual([]);
    const asked = await callApi(server, `signing-key`);
    expect([asked.status, await asked.json()]).toMatchObject([
      404,
      { detail: expect.stringContaining("SIGNING_KEY") as string },
    ]);
  });
});
