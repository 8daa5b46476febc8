/** Artifacts on their way in: downloads that break off, and who attests what they are. */
import { describe, expect, it } from "vitest";
import { startSigstore } from "../artifacts/sigstore-world.js";
import { artifactOf, contentOf, HUB, startScenario, TAG } from "./harness.js";
import { assetNames, expectVerified } from "./release.js";
import { sha256 } from "../artifacts/workshop.js";

const blobs = /^GET \/blobs\/actions-results/;

it("downloads cut off at any byte, of URLs whose minute has passed, go on and are whole", async () => {
  const size = 3_000_000;
  const script = { artifacts: [{ name: "image", raw: { fileName: "base.img", content: contentOf("base", size) } }] };
  const { sandbox, release, completed, server } = await startScenario({ components: { base: { script } } });
  let state = 7;
  const at = (bytes: number): number => (state = (state * 48_271) % 0x7fffffff) % bytes;
  const late = (): Promise<void> => {
    sandbox.advanceClock(61_000);
    return Promise.resolve();
  };
  sandbox.faults.add({ match: blobs, kind: "truncate", at, times: 4, meanwhile: late });
  sandbox.faults.add({ match: blobs, kind: "status", status: 403, times: 1 });
  sandbox.faults.add({ match: blobs, kind: "no-ranges", times: 1 });
  release();
  expect(await completed()).toMatchObject({ conclusion: "success", components: [{ attempts: [{ number: 1 }] }] });
  const published = sandbox.release(HUB, TAG);
  expect(published?.assets.find(({ name }) => name === "base.img")?.sha256).toBe(sha256(contentOf("base", size)));
  await expectVerified(published);
  expect(sandbox.violations).toEqual([]);
  expect(await server.log()).toMatch(/broke off after \d+ bytes.*it goes on at byte \d+/);
});

it("an artifact that expires within its download ends the attempt, and a rerun makes it anew", async () => {
  const { sandbox, release, completed } = await startScenario({ components: { base: {} } });
  sandbox.faults.add({ match: blobs, kind: "truncate", times: 1 });
  sandbox.faults.add({ match: /artifacts\/\d+\/zip$/, kind: "status", status: 410, times: 1, after: 1 });
  release();
  const run = await completed();
  expect(run.conclusion).toBe("success");
  expect(run.components[0]?.attempts).toMatchObject([{ failureClass: "artifact" }, { kind: "rerun" }]);
});

describe("artifacts.attestation: required", () => {
  it("takes what the planned workflow attests, and refuses what nobody does, naming it", async () => {
    const sigstore = await startSigstore();
    const more = "artifacts: {attestation: required}, retry: {max-attempts: 1}";
    const { sandbox, release, completed } = await startScenario(
      { components: { base: { more }, closed: { more, private: true }, bare: { more, needs: ["base", "closed"] } } },
      { trust: sigstore.trust, env: { ALLOW_PRIVATE_TO_PUBLIC: "*/*" } },
    );
    const webUrl = sandbox.url;
    const issuer = `${webUrl}/_services/token`;
    const [open, shut] = [sha256(contentOf("base")), sha256(contentOf("closed"))];
    const signing = { webUrl, issuer, repo: "acme/base", subjects: [open] };
    sandbox.attest("acme/base", { sha256: open, bundle: await sigstore.publicBundle(signing), elsewhere: true });
    const mine = { webUrl, issuer, repo: "acme/closed", subjects: [shut] };
    sandbox.attest("acme/closed", { sha256: shut, bundle: await sigstore.privateBundle(mine) });
    release();
    const run = await completed();
    const ends = Object.fromEntries(run.components.map(({ id, conclusion }) => [id, conclusion]));
    expect(ends).toEqual({ base: "success", closed: "success", bare: "failure" });
    expect(run.reason).toMatch(/"bare\.img" has no attestation of its build in acme\/bare/);
    expect(assetNames(sandbox.release(HUB, TAG))).toEqual([]);
  });

  it("is refused in the plan where the App may not read attestations", async () => {
    const permissions = { actions: "write", contents: "write", metadata: "read" } as const;
    const { release, completed } = await startScenario(
      {
        components: {
          base: { more: "artifacts: {attestation: if-present}", script: { artifacts: [artifactOf("b")] } },
        },
      },
      { sandbox: { app: { webhookSecret: "e2e-secret", permissions } } },
    );
    release();
    const run = await completed();
    expect(run.reason).toMatch(/^permission: base: the App lacks attestations: read on acme\/base to verify artifacts/);
  });
});
