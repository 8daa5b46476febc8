import type { Check, CheckedFile, Verdict, Verification } from "../chain/verification.js";
import { oneLine, table } from "./columns.js";
import { formatSize } from "./durations.js";
import type { TextStyle } from "./text-style.js";

const MARKS: Record<Verdict, string> = { good: "✓", bad: "✗", unchecked: "-" };
const TITLES: Record<Check["check"], string> = {
  checksums: "Checksums",
  signature: "Signature",
  provenance: "Provenance",
  "provenance-signature": "Provenance's signature",
  parts: "Parts",
  lock: "Lock",
};
/** More files than these are counted. */
const LISTED = 50;

/** The checks as a table, then the files that are not as they should be. */
export function renderVerification({ ok, madeBy, checks, files }: Verification, style: TextStyle): string {
  const rows = checks.map(({ check, verdict, detail }) => [
    { text: MARKS[verdict], paint: paintOf(verdict, style) },
    { text: TITLES[check] },
    { text: detail },
  ]);
  const odd = files.filter(({ state }) => state !== "good");
  const listed = odd.slice(0, LISTED).map((file) => fileRow(file, style));
  const more = odd.length > LISTED ? [`  and ${odd.length - LISTED} more; --json names all`] : [];
  const origin =
    madeBy === null ? [] : [`Files of ${oneLine(`${madeBy.hub}@${madeBy.tag}`)}${runWords(madeBy.releaseRun)}`];
  const end = ok ? style.good("✓ Nothing is wrong.") : style.bad("✗ It is not as it should be.");
  return [
    ...origin,
    ...table(rows),
    ...(odd.length === 0 ? [] : ["", ...table(listed, { indent: "  " }), ...more]),
    "",
    end,
    "",
  ].join("\n");
}

function runWords(releaseRun: string | null): string {
  return releaseRun === null ? "" : `, made by release run ${oneLine(releaseRun)}`;
}

function paintOf(verdict: Verdict, style: TextStyle): (text: string) => string {
  return verdict === "good" ? style.good : verdict === "bad" ? style.bad : style.warn;
}

function fileRow({ name, state, size, sha256, expected, detail }: CheckedFile, style: TextStyle) {
  const paint = state === "foreign" ? style.faint : style.bad;
  return [
    { text: name },
    { text: size === null ? "" : formatSize(size), paint: style.faint },
    { text: wordsOf(state, sha256, expected, detail), paint },
  ];
}

function wordsOf(
  state: CheckedFile["state"],
  sha256: string | null,
  expected: string | null,
  detail: string | null,
): string {
  switch (state) {
    case "good":
      return "";
    case "differs":
      return `has another SHA-256: ${sha256 ?? "it cannot be read"}, and not ${expected ?? ""}`;
    case "missing":
      return "is not there";
    case "refused":
      return detail ?? "";
    case "foreign":
      return "is not of this release run";
  }
}
