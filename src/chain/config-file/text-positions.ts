/** A place in a text, both 1-based; columns count UTF-16 units, as editors do. */
export interface Position {
  line: number;
  column: number;
}

/** A text's lines, to turn offsets into places. */
export class TextPositions {
  private readonly lineStarts: number[] = [0];
  private readonly firstColumn: number;

  constructor(private readonly text: string) {
    for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) this.lineStarts.push(at + 1);
    // A byte order mark takes no column.
    this.firstColumn = text.startsWith("\uFEFF") ? 1 : 0;
  }

  /** The place of an offset; offsets outside the text are moved to its nearest end. */
  at(offset: number): Position {
    const inside = Math.max(0, Math.min(offset, this.text.length));
    let [low, high] = [0, this.lineStarts.length - 1];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((this.lineStarts[middle] ?? 0) <= inside) low = middle;
      else high = middle - 1;
    }
    const column = inside - (this.lineStarts[low] ?? 0) + 1 - (low === 0 ? this.firstColumn : 0);
    return { line: low + 1, column: Math.max(1, column) };
  }
}
