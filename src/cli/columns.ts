/** Text in columns, as wide as their widest cell. Colours are laid over after padding, so that they do not count. */

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

function textLength(text: string): number {
  return Array.from(text).length;
}

/** Cuts to `length` characters, the last of them an ellipsis. */
export function cut(text: string, length: number): string {
  const characters = Array.from(text);
  if (characters.length <= length) return text;
  return length < 1 ? "" : `${characters.slice(0, length - 1).join("")}…`;
}

/** As `cut`, of a line with colours in it: these take no room, and end where the line does. */
export function cutPainted(line: string, length: number): string {
  const plain = line
    .split(PAINT)
    .filter((_, index) => index % 2 === 0)
    .join("");
  if (Array.from(plain).length <= length) return line;
  let left = length - 1;
  const pieces = line.split(PAINT).map((piece, index) => {
    // Every other piece is a colour.
    if (index % 2 === 1) return piece;
    const shown = Array.from(piece).slice(0, Math.max(0, left));
    left -= shown.length;
    return shown.join("");
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
      widths[column] = Math.max(widths[column] ?? 0, textLength(cell.text));
    });
  }
  return clean.map((row) => line(row, widths, options));
}

function line(row: readonly Cell[], widths: readonly number[], { indent = "", width }: TableOptions): string {
  let left = width === undefined ? Infinity : width - textLength(indent);
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
    padding += " ".repeat(Math.max(0, columnWidth - textLength(text)) + GAP.length);
    left -= columnWidth + GAP.length;
  });
  return out.trimEnd();
}
