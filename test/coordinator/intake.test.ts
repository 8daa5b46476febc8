/** Webhooks are stored, then looked into, whatever the store says meanwhile. */
import { describe, expect, it } from "vitest";
import { createIntake } from "../../src/coordinator/intake.js";
import type { Delivery } from "../../src/coordinator/ports.js";
import { memoryArtifactStore } from "../artifacts/memory-artifact-store.js";
import { MemoryStore } from "../contract/memory-store.js";
import { FakeGitHub } from "./fake-github.js";
import { githubPort, openGate } from "./fake-github-port.js";

const NOW = Date.UTC(2026, 0, 5, 12);

/** Stores a delivery, and says that it failed. */
class BreakingStore extends MemoryStore {
  breaks = true;

  override async addDelivery(...args: Parameters<MemoryStore["addDelivery"]>): Promise<boolean> {
    const isNew = await super.addDelivery(...args);
    if (this.breaks) throw new Error("the connection to the database was lost");
    return isNew;
  }
}

const published: Delivery = {
  guid: "one",
  event: "release",
  action: "published",
  receivedAt: NOW,
  facts: {
    kind: "release",
    hub: "acme/product",
    tag: "v1.0.0",
    releaseId: 1,
    draft: false,
    prerelease: false,
    author: "ada",
    authorType: "User",
    sender: "ada",
  },
};

describe("a webhook whose storing failed", () => {
  it("is looked into all the same, as it may have been stored", async () => {
    const woken: number[] = [];
    const quiet = (): void => undefined;
    const intake = createIntake(
      {
        github: githubPort(new FakeGitHub(() => NOW), openGate),
        store: new BreakingStore(),
        artifactStore: memoryArtifactStore({ content: new Map(), now: () => NOW }),
        artifactIntake: { take: never },
        clock: { now: () => NOW },
        random: { id: () => "id" },
        log: { debug: quiet, info: quiet, warn: quiet, error: quiet },
        version: "0.0.0",
        policy: { allowedHubs: null, allowPrivateToPublic: [] },
        webUrl: "https://github.example",
        worker: "one",
        deliveryScanInterval: 300_000,
        strays: { stop: never, look: never },
      },
      { started: never, hint: never, processAt: (time) => woken.push(time) },
    );
    await expect(intake.receive(published)).rejects.toThrow("lost");
    expect(woken).toEqual([NOW]);
  });
});

function never(): never {
  throw new Error("not used here");
}
