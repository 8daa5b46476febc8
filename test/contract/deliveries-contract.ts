/** What every store must do with webhooks. */
import { expect, it } from "vitest";
import type { Store } from "../../src/coordinator/ports.js";
import { aDelivery, EPOCH } from "./run-fixture.js";

export function describeDeliveries(store: () => Store): void {
  it("knows a delivery by its GUID, whatever else it says", async () => {
    expect(await store().addDelivery(aDelivery())).toBe(true);
    expect(await store().addDelivery(aDelivery({ action: "requested", receivedAt: EPOCH + 5 }))).toBe(false);
    expect(await store().pendingDeliveries()).toStrictEqual([aDelivery()]);
  });

  it("gives pending deliveries oldest first, each until it is processed", async () => {
    const installed = aDelivery({
      guid: "later",
      event: "installation",
      action: null,
      receivedAt: EPOCH + 2,
      facts: { kind: "installation", account: "acme" },
    });
    const first = aDelivery({ guid: "first", receivedAt: EPOCH + 1 });
    const twin = aDelivery({ guid: "a twin of the first", receivedAt: EPOCH + 1 });
    for (const delivery of [installed, first, twin]) await store().addDelivery(delivery);
    expect(await store().pendingDeliveries()).toStrictEqual([first, twin, installed]);
    await store().deliveryProcessed("first", EPOCH + 3, "Woke run-1.");
    expect(await store().pendingDeliveries()).toStrictEqual([twin, installed]);
    expect(await store().addDelivery(first)).toBe(false);
  });

  it("keeps a delivery about which nothing is left to be done, and knows it again", async () => {
    const processed = { at: EPOCH + 1, outcome: "Nobody waits for it." };
    expect(await store().addDelivery(aDelivery(), processed)).toBe(true);
    expect(await store().pendingDeliveries()).toStrictEqual([]);
    expect(await store().addDelivery(aDelivery())).toBe(false);
  });

  it("forgets deliveries received before a time", async () => {
    for (const [index, guid] of ["a", "b", "c"].entries()) {
      await store().addDelivery(aDelivery({ guid, receivedAt: EPOCH + index }));
    }
    await store().deliveryProcessed("a", EPOCH + 9, "Nobody waits for it.");
    expect(await store().deleteDeliveriesBefore(EPOCH + 2)).toBe(2);
    expect((await store().pendingDeliveries()).map((delivery) => delivery.guid)).toStrictEqual(["c"]);
    expect(await store().deleteDeliveriesBefore(EPOCH + 2)).toBe(0);
  });

  it("tells which of many deliveries are known", async () => {
    for (const guid of ["a", "b", "c"]) await store().addDelivery(aDelivery({ guid }));
    await store().deliveryProcessed("b", EPOCH + 1, "Woke run-1.");
    const asked = ["c", "x", "b", ...Array.from({ length: 1_200 }, (_, index) => `unknown ${index}`), "a"];
    expect(await store().knownDeliveries(asked)).toStrictEqual(new Set(["a", "b", "c"]));
    expect(await store().knownDeliveries([])).toStrictEqual(new Set());
  });
}
