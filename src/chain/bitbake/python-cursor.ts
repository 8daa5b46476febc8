/** Where the parser of inline Python stands among the tokens, and how deep. */
import { CannotExpand } from "./meter.js";
import type { PythonToken } from "./python-tokens.js";

/** Trees of more levels are refused; Python itself gives up at 200 brackets. */
export const DEEPEST = 150;
const KEYWORDS = new Set(
  "and as assert async await break class continue def del elif else except finally for from global if import in is lambda nonlocal not or pass raise return try while with yield".split(
    " ",
  ),
);

export class PythonCursor {
  protected at = 0;
  private depth = 0;

  constructor(private readonly tokens: readonly PythonToken[]) {}

  protected name(): string {
    const token = this.peek();
    if (token.kind !== "name" || KEYWORDS.has(token.text)) throw this.unexpected();
    this.at++;
    return token.text;
  }

  /** A chain such as `a + b + c` is a tree as deep as it is long. */
  protected chain(step: () => boolean): void {
    let links = 0;
    while (step()) {
      links++;
      if (this.depth + links > DEEPEST) throw new CannotExpand("work", "its Python is nested too deep");
    }
  }

  protected deeper<T>(parse: () => T): T {
    if (++this.depth > DEEPEST) throw new CannotExpand("work", "its Python is nested too deep");
    const node = parse();
    this.depth--;
    return node;
  }

  protected peek(ahead = 0): PythonToken {
    return this.tokens[this.at + ahead] ?? { kind: "end" };
  }

  protected isOperator(text: string, ahead = 0): boolean {
    const token = this.peek(ahead);
    return token.kind === "operator" && token.text === text;
  }

  protected isWord(word: string): boolean {
    const token = this.peek();
    return token.kind === "name" && token.text === word;
  }

  protected take(operator: string): boolean {
    if (!this.isOperator(operator)) return false;
    this.at++;
    return true;
  }

  protected takeWord(word: string): boolean {
    if (!this.isWord(word)) return false;
    this.at++;
    return true;
  }

  protected expect(operator: string): void {
    if (!this.take(operator)) throw this.unexpected();
  }

  protected unexpected(): CannotExpand {
    const token = this.peek();
    const shown =
      token.kind === "end"
        ? "its end"
        : JSON.stringify("text" in token ? token.text : String(token.value).slice(0, 40));
    return new CannotExpand("bitbake", `its Python cannot be read at ${shown}`);
  }
}
