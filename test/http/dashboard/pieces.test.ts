import { describe, expect, it } from "vitest";
import { createPieces } from "../../../src/http/dashboard/pieces.js";

describe("pieces of pages", () => {
  it("are made once for what they depend on, also for those who ask meanwhile, and anew where that changes", async () => {
    const pieces = createPieces();
    let made = 0;
    const ask = (place: string, key: string) =>
      pieces.of(place, key, () => Promise.resolve(`<b>${place} ${key} ${++made}</b>`)).then(String);
    expect(await Promise.all([ask("graph", "1"), ask("graph", "1")])).toEqual(Array(2).fill("<b>graph 1 1</b>"));
    expect(await ask("plan", "1")).toBe("<b>plan 1 2</b>");
    expect(await ask("graph", "2")).toBe("<b>graph 2 3</b>");
    expect(await ask("plan", "1")).toBe("<b>plan 1 2</b>");
  });

  it("are made again where that failed, and forgotten where they are too much", async () => {
    const pieces = createPieces(10);
    let made = 0;
    const ask = (place: string, text: string) =>
      pieces.of(place, "", () => Promise.resolve(`${++made} ${text}`)).then(String);
    await expect(pieces.of("a", "", () => Promise.reject(new Error("no")))).rejects.toThrow("no");
    expect(await ask("a", "xxx")).toBe("1 xxx");
    expect(await ask("b", "xxx")).toBe("2 xxx");
    expect(await ask("a", "xxx")).toBe("1 xxx");
    expect(await ask("c", "xxx")).toBe("3 xxx");
    expect(await ask("a", "xxx")).toBe("1 xxx");
    expect(await ask("b", "xxx")).toBe("4 xxx");
  });
});
