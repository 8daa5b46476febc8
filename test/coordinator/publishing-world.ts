/** A release that one release run after another publishes to, while uploads go wrong, the process dies and people interfere. */
import { createHash } from "node:crypto";
import type { AssetLimits } from "../../src/chain/asset-parts.js";
import type { PublishRules } from "../../src/chain/config.js";
import type { DecisionContext } from "../../src/chain/actions.js";
import { settle } from "../../src/chain/decide.js";
import { evolve } from "../../src/chain/evolve.js";
import type { RunEvent } from "../../src/chain/events.js";
import type { ReleasePlan } from "../../src/chain/plan.js";
import type { CollectedFile, ReleaseRun } from "../../src/chain/run.js";
import { GitHubError, type ArtifactStore, type GitHub } from "../../src/coordinator/ports.js";
import { preparePublication } from "../../src/coordinator/prepare-publication.js";
import { publish } from "../../src/coordinator/publish.js";
import { restore } from "../../src/coordinator/restore.js";
import { createTransfers } from "../../src/coordinator/transfers.js";
import { memoryArtifactStore } from "../artifacts/memory-artifact-store.js";
import { planOf, runOf } from "../chain/release-fixture.js";
import { somePublishRules } from "../contract/run-fixture.js";
import type { Draw } from "../simulation/random.js";
import { FakeGitHub } from "./fake-github.js";
import { githubPort, type Gate } from "./fake-github-port.js";
import type { FakeRelease } from "./fake-github-types.js";

/** A GitHub that takes little, so that a few small files are too large and too many for it. */
export const SMALL: AssetLimits = { size: 400, part: 250, count: 12, name: 255 };
export const HUB = "acme/hub";

/** Probabilities, 0..1. */
export interface PublishingFaults {
  /** A call fails and had no effect; an upload may leave something behind. */
  fails: number;
  /** A call took effect, and its answer was lost. */
  answerLost: number;
  /** The process dies at a call, before or after its effect. */
  dies: number;
  /** An upload arrives otherwise than it was sent. */
  damaged: number;
  /** A person puts a file on the release, or deletes one of ours, at an upload. */
  person: number;
  /** A person cancels the release run, between two steps. */
  cancelled: number;
}

/** Files by component and path. */
export type Sources = Record<string, Record<string, Buffer>>;

export interface PublishingWorld {
  github: FakeGitHub;
  release: FakeRelease;
  /** What is on the release and not release-chain's to touch, by name: it has to be there at the end. */
  others: Map<string, Buffer>;
  /** How often each kind of fault struck. */
  struck: Map<string, number>;
  /** Publishes the sources with a release run of its own, to its end, over as many lives as it takes. */
  publish(sources: Sources, rules: Partial<PublishRules>, id: string): Promise<ReleaseRun>;
}

export function publishingWorld(draw: Draw, faults: PublishingFaults): PublishingWorld {
  let now = 1_000_000;
  const github = new FakeGitHub(() => now);
  github.addRepository(HUB);
  const release = github.addRelease(HUB, "v1.2.0");
  const byHand = Buffer.from("by hand");
  github.addAsset(release, "notes.txt", byHand, "ada");
  const others = new Map([["notes.txt", byHand]]);
  const content = new Map<string, Buffer>();
  const artifactStore = memoryStore(content);
  const struck = new Map<string, number>();
  const strike = (fault: keyof PublishingFaults): boolean => {
    if (!draw.chance(faults[fault])) return false;
    struck.set(fault, (struck.get(fault) ?? 0) + 1);
    return true;
  };
  const log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

  /** Does one action in a life of its own; null: the process died meanwhile. */
  async function live(act: (port: GitHub) => Promise<RunEvent[]>): Promise<RunEvent[] | null> {
    let die: () => void = () => undefined;
    const death = new Promise<null>((resolve) => {
      die = () => {
        resolve(null);
      };
    });
    return await Promise.race([act(githubPort(github, gateOf(die))), death]);
  }

  function gateOf(die: () => void): Gate {
    let isDead = false;
    const end = <T>(): Promise<T> => {
      isDead = true;
      die();
      return new Promise<T>(() => undefined);
    };
    return async (name, effect, partial) => {
      // Calls overlap in an order that is drawn.
      for (let turns = draw.below(4); turns > 0; turns--) await Promise.resolve();
      if (isDead) return end();
      // At an upload, after which the release is looked at again: what happens after the last look nobody could see.
      if (name === "uploadAsset" && strike("person")) interfere();
      const dies = strike("dies");
      if (dies && draw.chance(0.5)) return end();
      if (strike("fails")) {
        if (partial !== undefined && draw.chance(0.5)) attempt(partial);
        throw new GitHubError("unknown", 502, `${name}: Bad Gateway`);
      }
      const outcome = attempt(effect);
      if (name === "uploadAsset" && outcome.error === null && strike("damaged")) damage();
      if (dies) return end();
      if (strike("answerLost")) throw new GitHubError("unknown", 0, `${name}: no answer`);
      if (outcome.error !== null) throw outcome.error;
      return outcome.value as never;
    };
  }

  function damage(): void {
    const asset = release.assets.at(-1);
    if (asset === undefined) return;
    asset.bytes = Buffer.from(asset.bytes.map((byte, index) => (index === 0 ? byte ^ 1 : byte)));
    asset.sha256 = sha256(asset.bytes);
  }

  function interfere(): void {
    const ours = release.assets.filter(({ name }) => !others.has(name));
    const one = ours[draw.below(ours.length)];
    if (one !== undefined && draw.chance(0.5)) {
      release.assets = release.assets.filter(({ id }) => id !== one.id);
      return;
    }
    const name = draw.pick(["a.bin", "b.bin", "more.txt"]);
    if (release.assets.some((asset) => asset.name === name)) return;
    const bytes = Buffer.from(`${name} by hand ${draw.below(1000)}`);
    github.addAsset(release, name, bytes, "ada");
    others.set(name, bytes);
  }

  return {
    github,
    release,
    others,
    struck,
    async publish(sources, rules, id) {
      const plan = planFor(release, rules);
      let run = builtRun(sources, plan, id, content);
      const clock = { now: () => now };
      const transfers = createTransfers({ clock });
      for (let step = 0; step < 400; step++) {
        const settled = settle(run, contextAt(now), evolve);
        ({ run } = settled);
        if (run.status === "completed") return run;
        if (run.ending === null && strike("cancelled"))
          run = evolve(run, { kind: "ending", at: now, conclusion: "cancelled", reason: "cancelled: by ada" });
        const [action] = settled.actions;
        if (action === undefined) {
          now = Math.max(now + 1, run.publication?.retryAt ?? now);
          continue;
        }
        const before = run;
        const signal = new AbortController().signal;
        const events = await live((port) => {
          const deps = {
            github: port,
            artifactStore,
            clock,
            log,
            transfers,
            version: "1.2.3",
            webUrl: "https://github.example",
          };
          if (action.kind === "prepare-publication") return preparePublication(before, plan, deps, signal, SMALL);
          if (before.publication === null) throw new Error(`nothing to ${action.kind}`);
          return action.kind === "publish"
            ? publish(before, plan, before.publication, deps, signal)
            : restore(before, plan, before.publication, deps, signal);
        }).catch((cause: unknown) => {
          if (cause instanceof GitHubError) return [];
          throw cause;
        });
        // What a dead process found out was never stored.
        for (const event of events ?? []) run = evolve(run, event);
      }
      throw new Error("the release run never ends");
    },
  };
}

function attempt<T>(effect: () => T): { value: T | null; error: Error | null } {
  try {
    return { value: effect(), error: null };
  } catch (cause) {
    return { value: null, error: cause instanceof Error ? cause : new Error(String(cause)) };
  }
}

function planFor(release: FakeRelease, rules: Partial<PublishRules>): ReleasePlan {
  const { id, url, prerelease, author, tag } = release;
  const publishRules = somePublishRules({ provenance: false, ...rules });
  return planOf({ hub: HUB, tag, release: { id, url, prerelease, author }, timeout: 1e12, publish: publishRules });
}

/** A release run whose components have all ended well, with these files. */
function builtRun(sources: Sources, plan: ReleasePlan, id: string, content: Map<string, Buffer>): ReleaseRun {
  const example = runOf();
  const components = plan.components.map((planned, index) => {
    const files = Object.entries(sources[planned.id] ?? {}).map(([path, bytes]): CollectedFile => {
      content.set(sha256(bytes), bytes);
      return { path, size: bytes.length, sha256: sha256(bytes), checkedBy: [], attestedBy: null };
    });
    const artifact = { id: index, name: "out", size: 1, sha256: "0".repeat(64), digestVerified: true, createdAt: 1 };
    const like = example.components[index];
    if (like === undefined) throw new Error("the fixtures of plan and run have other components");
    return { ...like, conclusion: "success" as const, artifacts: [{ ...artifact, files }] };
  });
  return { ...example, id, status: "building", plan, components, publication: null, ending: null };
}

export function memoryStore(content: Map<string, Buffer>): ArtifactStore {
  return memoryArtifactStore({ content, now: () => 0 });
}

export function sha256(bytes: Buffer): string {
  return createHash("sha256").update(bytes).digest("hex");
}

function contextAt(now: number): DecisionContext {
  return {
    now,
    observedAt: () => undefined,
    lookedFrom: () => undefined,
    unansweredSince: () => undefined,
    isBusy: () => false,
    heldBy: null,
    planningUnansweredSince: null,
    budgetLeft: () => null,
  };
}
