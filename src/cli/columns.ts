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
