/** Problems with their place: from a path in the configuration to file, line and column. */
import type { ConfigProblem } from "../config.js";
import type { Located, Path } from "./located-yaml.js";
import { TextPositions } from "./text-positions.js";

/** `components[2].needs[0]`; keys that are no plain words in brackets and quotes. */
export function keyPath(path: Path): string {
  let written = "";
  for (const step of path) {
    if (typeof step === "number") written += `[${step}]`;
    else if (!/^[\w-]+$/.test(step)) written += `[${JSON.stringify(step)}]`;
    else written += written === "" ? step : `.${step}`;
  }
  return written;
}

/** The value at a path; null where there is none. */
export function locate(root: Located | null, path: Path): Located | null {
  let node = root;
  for (const step of path)
    node = (typeof step === "number" ? node?.items?.[step] : node?.entries?.get(step)?.node) ?? null;
  return node;
}

/** Gathers problems: each place and message once, in the order of the text. */
export class ProblemList {
  private readonly positions: TextPositions;
  private readonly found = new Map<string, { offset: number; problem: ConfigProblem }>();

  constructor(
    private readonly file: string,
    text: string,
    private readonly root: Located | null,
  ) {
    this.positions = new TextPositions(text);
  }

  /** At the value of the path, or, where the value is missing, at the innermost key above it. */
  atValue(path: Path, message: string, suggestion: string | null = null): void {
    const node = locate(this.root, path);
    if (node?.broken === true) return;
    this.atOffset(node === null ? this.keyOffset(path) : node.start, path, message, suggestion);
  }

  /** At the key itself: what is wrong is that it is there. */
  atKey(path: Path, message: string, suggestion: string | null = null): void {
    this.atOffset(this.keyOffset(path), path, message, suggestion);
  }

  atOffset(offset: number, path: Path, message: string, suggestion: string | null): void {
    const { line, column } = this.positions.at(offset);
    const id = `${offset} ${message}`;
    if (this.found.has(id)) return;
    this.found.set(id, { offset, problem: { file: this.file, line, column, key: keyPath(path), message, suggestion } });
  }

  lineOfKey(path: Path): number {
    return this.positions.at(this.keyOffset(path)).line;
  }

  inOrder(): ConfigProblem[] {
    return Array.from(this.found.values())
      .sort((a, b) => a.offset - b.offset)
      .map(({ problem }) => problem);
  }

  private keyOffset(path: Path): number {
    for (let length = path.length; length > 0; length--) {
      const step = path[length - 1];
      const parent = locate(this.root, path.slice(0, length - 1));
      const offset =
        typeof step === "number" ? parent?.items?.[step]?.start : parent?.entries?.get(step ?? "")?.keyStart;
      if (offset !== undefined) return offset;
    }
    return this.root?.start ?? 0;
  }
}
