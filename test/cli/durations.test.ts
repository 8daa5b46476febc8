import { describe, expect, it } from "vitest";
import { between, formatSize, formatSpan, formatTime } from "../../src/cli/durations.js";

describe("spans, times and sizes", () => {
  it.each([
    [-5, "0.0s"],
    [0, "0.0s"],
    [1_250, "1.2s"],
    [9_999, "9.9s"],
    [10_000, "10s"],
    [59_999, "59s"],
    [65_000, "1m05s"],
    [3_599_999, "59m59s"],
    [7_620_000, "2h07m"],
    [273_600_000, "3d04h"],
  ])("writes %d ms as %s", (ms, text) => {
    expect(formatSpan(ms)).toBe(text);
  });

  it.each([
    [0, "0 B"],
    [1023, "1023 B"],
    [1024, "1.0 KiB"],
    [1536, "1.5 KiB"],
    [2 ** 31, "2.0 GiB"],
    [2 ** 50, "1024.0 TiB"],
  ])("writes %d bytes as %s", (bytes, text) => {
    expect(formatSize(bytes)).toBe(text);
  });

  it("knows no span where a time is missing or broken", () => {
    expect(between(null, 5)).toBeNull();
    expect(between("2026-01-01T00:00:00Z", null)).toBeNull();
    expect(between("nonsense", 5)).toBeNull();
    expect(between("2026-01-01T00:00:00.000Z", "2026-01-01T00:00:02.500Z")).toBe(2500);
  });

  it("writes a time without fractions", () => {
    expect(formatTime("2026-01-02T03:04:05.678Z")).toBe("2026-01-02 03:04:05Z");
  });
});
