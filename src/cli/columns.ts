/** Text in columns, as wide as their widest cell. Colours are laid over after padding, so that they do not count. */
import { textWidth, widthOf } from "./text-width.js";

export interface Cell {
  text: string;
  paint?: (text: string) => string;
}

export interface TableOptions {
  indent?: string;
  /** Longest line in characters; what goes beyond is cut. */
  width?: number | undefined;
  /** Least widths of the columns, for tables that are printed row by row. */
  least?: readonly number[];
}

const GAP = "  ";

/** Control characters and line breaks become spaces: what a server says must not steer a terminal. */
export function oneLine(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, " ").trim();
}

/** As `oneLine`, but line breaks stay. */
export function printable(text: string): string {
  return text.replaceAll(/[^\P{Cc}\n]/gu, " ");
}

/** Cuts to the width of `length` characters, the last of them an ellipsis. */
export function cut(text: string, length: number): string {
  if (textWidth(text) <= length) return text;
  return length < 1 ? "" : `${beginning(text, length - 1)}…`;
}

/** As much of a text as is no wider. */
function beginning(text: string, width: number): string {
  let left = width;
  let begun = "";
  for (const character of text) {
    left -= widthOf(character);
    if (left < 0) break;
    begun += character;
  }
  return begun;
}

/** As `cut`, of a line with colours in it: these take no room, and end where the line does. */
export function cutPainted(line: string, length: number): string {
  const plain = line
    .split(PAINT)
    .filter((_, index) => index % 2 === 0)
    .join("");
  if (textWidth(plain) <= length) return line;
  let left = length - 1;
  const pieces = line.split(PAINT).map((piece, index) => {
    // Every other piece is a colour.
    if (index % 2 === 1) return piece;
    const shown = beginning(piece, left);
    // Nothing comes after what was cut, though something narrower had room.
    left = shown === piece ? left - textWidth(shown) : 0;
    return shown;
  });
  return length < 1 ? "" : `${pieces.join("")}…`;
}

/** An escape sequence that sets a colour. */
const PAINT = new RegExp(`(${String.fromCharCode(27)}\\[[0-9;]*m)`);

/** Rows of cells as lines; columns that are empty in every row are left out. */
export function table(rows: readonly (readonly Cell[])[], options: TableOptions = {}): string[] {
  const clean = rows.map((row) => row.map((cell) => ({ ...cell, text: oneLine(cell.text) })));
  const widths = [...(options.least ?? [])];
  for (const row of clean) {
    row.forEach((cell, column) => {
      widths[column] = Math.max(widths[column] ?? 0, textWidth(cell.text));
    });
  }
  return clean.map((row) => line(row, widths, options));
}

function line(row: readonly Cell[], widths: readonly number[], { indent = "", width }: TableOptions): string {
  let left = width === undefined ? Infinity : width - textWidth(indent);
  let out = indent;
  let padding = "";
  row.forEach((cell, column) => {
    const columnWidth = widths[column] ?? 0;
    if (columnWidth === 0) return;
    const text = cut(cell.text, left);
    if (text !== "") {
      out += padding + (cell.paint === undefined ? text : cell.paint(text));
      padding = "";
    }
    padding += " ".repeat(Math.max(0, columnWidth - textWidth(text)) + GAP.length);
    left -= columnWidth + GAP.length;
  });
  return out.trimEnd();
}
