/** Attestations, verified for real against Sigstore instances of the test's own. */
import { beforeAll, describe, expect, it } from "vitest";
import { createArtifactIntake } from "../../src/artifacts/intake.js";
import { TrustError } from "../../src/artifacts/sigstore-trust.js";
import { ArtifactError, type AttestationRequest } from "../../src/coordinator/ports.js";
import type { JsonObject } from "../../src/sandbox/types.js";
import { openWorkshop, requestFor, sha256 } from "./workshop.js";
import { startSigstore, type Signing, type SigstoreWorld } from "./sigstore-world.js";
import { zipBytes } from "./zip-bytes.js";

const archive = zipBytes([
  { name: "core.img", data: "core" },
  { name: "sdk.sh", data: "sdk" },
]);
const CORE = sha256("core");
const SDK = sha256("sdk");
const BUILDER = "acme/base/.github/workflows/build.yml@refs/heads/main";

let sigstore: SigstoreWorld;
beforeAll(async () => {
  sigstore = await startSigstore();
});

type Bundles = Record<string, JsonObject[]>;

/** Takes the archive in, with these bundles at GitHub; `asked` is the digests that were asked for. */
async function take(bundles: Bundles, more: Partial<AttestationRequest> = {}, trust = sigstore.trust) {
  const { store, dataDir } = await openWorkshop();
  const asked: string[] = [];
  const attestation: AttestationRequest = {
    required: true,
    instance: "public",
    expected: {
      issuer: "https://token.actions.githubusercontent.com",
      webUrl: "https://github.com",
      repo: "acme/base",
      workflowPath: ".github/workflows/build.yml",
    },
    bundles(digest) {
      asked.push(digest);
      return Promise.resolve(bundles[digest] ?? []);
    },
    ...more,
  };
  const intake = createArtifactIntake({ store, dataDir, trust });
  const taking = intake.take({ ...requestFor(archive), attestation }, new AbortController().signal);
  const by = taking.then(({ files }) => files.map(({ attestedBy }) => attestedBy));
  return { by, asked };
}

async function failure(taken: Promise<{ by: Promise<unknown> }>): Promise<string> {
  const error = await (await taken).by.catch((cause: unknown) => cause);
  expect(error).toBeInstanceOf(ArtifactError);
  return (error as ArtifactError).message;
}

describe("files are attested", () => {
  it("each by its own statement", async () => {
    const { by, asked } = await take({
      [CORE]: [await sigstore.publicBundle({ subjects: [CORE] })],
      [SDK]: [await sigstore.publicBundle({ subjects: [SDK] })],
    });
    expect(await by).toEqual([BUILDER, BUILDER]);
    expect(asked).toEqual([sha256(archive), CORE, SDK]);
  });

  it("by one that names them all, which is asked for once", async () => {
    const both = await sigstore.publicBundle({ subjects: [SDK, CORE] });
    const { by, asked } = await take({ [CORE]: [both], [SDK]: [both] });
    expect(await by).toEqual([BUILDER, BUILDER]);
    expect(asked).toEqual([sha256(archive), CORE]);
  });

  it("by one of the artifact as it was uploaded", async () => {
    const whole = await sigstore.publicBundle({ subjects: [sha256(archive)] });
    const { by, asked } = await take({ [sha256(archive)]: [whole] });
    expect(await by).toEqual([BUILDER, BUILDER]);
    expect(asked).toEqual([sha256(archive)]);
  });

  it("in a private repository by GitHub's own instance, with a time stamp in place of a log", async () => {
    const mine = await sigstore.privateBundle({ subjects: [CORE, SDK] });
    const { by } = await take({ [CORE]: [mine] }, { instance: "github" });
    expect(await by).toEqual([BUILDER, BUILDER]);
  });

  it("also where others say other things about them", async () => {
    const good = await sigstore.publicBundle({ subjects: [CORE, SDK] });
    const bill = await sigstore.publicBundle({ subjects: [CORE], predicateType: "https://spdx.dev/Document/v2.3" });
    const stranger = await sigstore.publicBundle({ subjects: [CORE], repo: "evil/base" });
    expect(await (await take({ [CORE]: [bill, stranger, good] })).by).toEqual([BUILDER, BUILDER]);
  });
});

describe("files without attestation", () => {
  it("are refused where it is required, naming the first, also where it says nothing of the build", async () => {
    const words =
      'Artifact "firmware" (id 7): "core.img" has no attestation of its build in acme/base, which artifacts.attestation: required asks for. Have the workflow attest it (actions/attest-build-provenance), or set if-present.';
    expect(await failure(take({}))).toBe(words);
    const bill = await sigstore.publicBundle({ subjects: [CORE], predicateType: "https://spdx.dev/Document/v2.3" });
    expect(await failure(take({ [CORE]: [bill] }))).toBe(words);
  });

  it("are taken where they may be without, beside those that have one", async () => {
    const { by } = await take({ [SDK]: [await sigstore.publicBundle({ subjects: [SDK] })] }, { required: false });
    expect(await by).toEqual([null, BUILDER]);
  });
});

describe("an attestation proves nothing", () => {
  const bad: [string, Signing, RegExp][] = [
    ["of another file", { subjects: [SDK] }, /no subject has the SHA-256/],
    [
      "of another repository",
      { subjects: [CORE], repo: "acme/other" },
      /built in https:\/\/github\.com\/acme\/other, not/,
    ],
    [
      "by another workflow",
      { subjects: [CORE], workflow: "acme/base/.github/workflows/evil.yml@refs/heads/main" },
      /signed by https:\/\/github\.com\/acme\/base\/\.github\/workflows\/evil\.yml@refs\/heads\/main, not by the workflow acme\/base\/\.github\/workflows\/build\.yml/,
    ],
    [
      "by a workflow of that name elsewhere",
      { subjects: [CORE], workflow: "evil/base/.github/workflows/build.yml@refs/heads/main" },
      /signed by https:\/\/github\.com\/evil\/base/,
    ],
    [
      "of another issuer",
      { subjects: [CORE], issuer: "https://accounts.example.com" },
      /vouched for by https:\/\/accounts/,
    ],
    [
      "that says something else than was signed",
      { subjects: [CORE], forged: (payload) => Buffer.from(payload.toString().replace("file-0", "file-1")) },
      /its signature does not hold/,
    ],
    ["of another kind of payload", { subjects: [CORE], payloadType: "text/plain" }, /no in-toto statement/],
  ];

  it.each(bad)("%s", async (_, signing, reason) => {
    const bundles = { [CORE]: [await sigstore.publicBundle(signing)] };
    for (const required of [true, false]) {
      const words = await failure(take(bundles, { required }));
      expect(words).toMatch(/"core\.img" is attested, but no attestation shows that acme\/base built it: /);
      expect(words).toMatch(reason);
    }
  });

  it.each([
    ["by an authority that nobody trusts", async () => (await startSigstore()).publicBundle({ subjects: [CORE] })],
    ["by the other instance", () => sigstore.privateBundle({ subjects: [CORE] })],
    [
      "without an entry in the log",
      async () => without(await sigstore.publicBundle({ subjects: [CORE] }), "tlogEntries"),
    ],
    ["with the log's entry of another", mixed],
    ["that is no bundle", () => Promise.resolve({ mediaType: "text/plain" })],
  ])("%s", async (_, made) => {
    const words = await failure(take({ [CORE]: [await made()] }, { required: false }));
    expect(words).toMatch(/its signature does not hold: |it is no Sigstore bundle: /);
  });

  it("for a private repository where it has no time stamp, or one of something else", async () => {
    const one = await sigstore.privateBundle({ subjects: [CORE] });
    const other = await sigstore.privateBundle({ subjects: [SDK] });
    const stamp = "timestampVerificationData";
    for (const bundle of [without(one, stamp), withMaterial(one, { [stamp]: materialOf(other)[stamp] })]) {
      expect(await failure(take({ [CORE]: [bundle] }, { instance: "github" }))).toMatch(/signature does not hold/);
    }
  });

  function materialOf(bundle: JsonObject): JsonObject {
    return bundle["verificationMaterial"] as JsonObject;
  }

  function withMaterial(bundle: JsonObject, more: JsonObject): JsonObject {
    return { ...bundle, verificationMaterial: { ...materialOf(bundle), ...more } };
  }

  function without(bundle: JsonObject, name: string): JsonObject {
    return withMaterial(bundle, { [name]: name === "tlogEntries" ? [] : { rfc3161Timestamps: [] } });
  }

  async function mixed(): Promise<JsonObject> {
    const [one, other] = [
      await sigstore.publicBundle({ subjects: [CORE] }),
      await sigstore.publicBundle({ subjects: [SDK] }),
    ];
    return withMaterial(one, { tlogEntries: materialOf(other)["tlogEntries"] });
  }
});

it("where it is not known whom to trust, that is no fault of the artifact", async () => {
  const bundles = { [CORE]: [await sigstore.publicBundle({ subjects: [CORE] })] };
  const { by } = await take(bundles, {}, () => Promise.reject(new TrustError("Sigstore is away")));
  await expect(by).rejects.toThrow(TrustError);
});
