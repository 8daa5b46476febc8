/** Conditional and range requests for content that never changes (RFC 9110, sections 13 and 14). */
import type { ByteRange } from "../coordinator/ports.js";

export type Selection =
  | { kind: "whole" }
  | { kind: "part"; range: ByteRange }
  /** The client has it. */
  | { kind: "not-modified" }
  /** 416: the content ends before. */
  | { kind: "beyond" };

export interface Conditions {
  range?: string | undefined;
  "if-range"?: string | undefined;
  "if-none-match"?: string | undefined;
}

/**
 * What of `size` bytes is asked for. `etag` with its quotes. Several ranges at once, other units than bytes, and what cannot be
 * read are passed over, as the standard has it: the whole is sent. So is it where `If-Range` names anything else than the tag.
 */
export function selectContent(headers: Conditions, etag: string, size: number): Selection {
  const known = headers["if-none-match"];
  if (known !== undefined && listsTag(known, etag)) return { kind: "not-modified" };
  const condition = headers["if-range"];
  if (condition !== undefined && condition.trim() !== etag) return { kind: "whole" };
  return headers.range === undefined ? { kind: "whole" } : selectRange(headers.range, size);
}

/** Weak comparison, as section 13.1.2 asks for. */
function listsTag(list: string, etag: string): boolean {
  return list.split(",").some((one) => one.trim() === "*" || one.trim().replace(/^W\//, "") === etag);
}

function selectRange(text: string, size: number): Selection {
  const [, first, last] = /^\s*bytes\s*=\s*(\d*)\s*-\s*(\d*)\s*$/i.exec(text) ?? [];
  if (first === undefined || last === undefined || first + last === "") return { kind: "whole" };
  if (first === "") {
    const length = Math.min(Number(last), size);
    return length === 0 ? { kind: "beyond" } : { kind: "part", range: { offset: size - length, length } };
  }
  const offset = Number(first);
  if (last !== "" && Number(last) < offset) return { kind: "whole" };
  if (offset >= size) return { kind: "beyond" };
  const end = last === "" ? size - 1 : Math.min(Number(last), size - 1);
  return { kind: "part", range: { offset, length: end - offset + 1 } };
}
