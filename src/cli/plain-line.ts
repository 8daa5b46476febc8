/** Colours and movements of the cursor (ECMA-48), titles of windows (OSC), and what else begins with an escape. */
const ESCAPES = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[ -/]*[0-~]?)/g;

/** A line of somebody else's log: nothing of it steers a terminal. */
export function plainLine(text: string): string {
  return text
    .replaceAll(ESCAPES, "")
    .replaceAll("\t", "    ")
    .replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]/gu, " ")
    .trimEnd();
}
