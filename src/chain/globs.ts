/**
 * Globs as the configuration knows them: `*`, `?`, `[a-z]`, `[!a]`, `{a,b}` and `\` before a character that is meant as
 * itself; in paths also `**` for any number of folders. A leading dot is nothing special.
 *
 * Matching takes at most (length of the glob) x (length of the value) steps. Globs come from a hub's configuration and
 * values from inside archives, so that a matcher which compiles to backtracking regular expressions could be made to hold
 * up the process: `*a*a*a*a*ab` against 200 letters took picomatch 34 seconds.
 */
export type GlobKind = "name" | "path";

const LONGEST_GLOB = 1_000;
const MOST_ALTERNATIVES = 256;

/** true if any of the globs matches the name of an artifact or tag; `*` and `?` stand for `/` as well. */
export function matchesAnyName(globs: readonly string[], name: string): boolean {
  return compileGlobs(globs, "name")(name);
}

/** true if any of the globs matches the path (with `/`); `*` and `?` stay inside a folder, `**` crosses them. */
export function matchesAnyPath(globs: readonly string[], path: string): boolean {
  return compileGlobs(globs, "path")(path);
}

/**
 * The same, for asking often: the globs are read once.
 * @throws {SyntaxError} if a glob is invalid; `complainAboutGlob` tells beforehand
 */
export function compileGlobs(globs: readonly string[], kind: GlobKind): (value: string) => boolean {
  const patterns = globs.flatMap((glob) => readGlob(glob).map((tokens) => segmentsOf(tokens, kind)));
  return (value) => {
    const segments = (kind === "name" ? [value] : value.split("/")).map((segment) => Array.from(segment));
    return patterns.some((pattern) => matchesSegments(pattern, segments));
  };
}

/** What is wrong with a glob, as a clause for a person; null where nothing is. */
export function complainAboutGlob(glob: string): string | null {
  try {
    readGlob(glob);
    return null;
  } catch (error) {
    if (error instanceof SyntaxError) return error.message;
    throw error;
  }
}

/** The text as a glob that matches only itself. */
export function escapeGlob(text: string): string {
  return text.replace(/[\\*?[\]{}()!,]/g, String.raw`\$&`);
}

type Token = { kind: "literal"; char: string } | { kind: "any" } | { kind: "star" } | CharacterClass;
interface CharacterClass {
  kind: "class";
  negated: boolean;
  ranges: [from: string, to: string][];
}
/** `**` as a whole folder, or what one folder's or file's name must look like. */
type Segment = "**" | Token[];

function segmentsOf(tokens: Token[], kind: GlobKind): Segment[] {
  if (kind === "name") return [tokens];
  const segments: Token[][] = [[]];
  for (const token of tokens) {
    if (token.kind === "literal" && token.char === "/") segments.push([]);
    else segments.at(-1)?.push(token);
  }
  const parts = segments.map((segment): Segment =>
    segment.length === 2 && segment.every((token) => token.kind === "star") ? "**" : segment,
  );
  // At the end `**` is everything inside, and the folder's own name is not inside it.
  return parts.at(-1) === "**" ? [...parts, [{ kind: "star" }]] : parts;
}

function matchesSegments(pattern: Segment[], segments: string[][]): boolean {
  return matchesWithStars(
    pattern,
    segments,
    (part) => part === "**",
    (part, segment) =>
      part !== "**" && matchesWithStars(part, segment, (token) => token.kind === "star", matchesCharacter),
  );
}

/**
 * Whether the pattern covers the whole value, a star standing for any number of items. Only the last star seen is ever
 * widened: if the rest cannot be placed after the nearest fit of what is before it, no later fit helps.
 */
function matchesWithStars<P, V>(
  pattern: readonly P[],
  value: readonly V[],
  isStar: (part: P) => boolean,
  matches: (part: P, item: V) => boolean,
): boolean {
  let [p, v] = [0, 0];
  let retry: { p: number; v: number } | null = null;
  while (v < value.length) {
    const part = pattern[p];
    const item = value[v];
    if (part !== undefined && isStar(part)) {
      p += 1;
      retry = { p, v };
    } else if (part !== undefined && item !== undefined && matches(part, item)) {
      p += 1;
      v += 1;
    } else if (retry !== null) {
      retry = { p: retry.p, v: retry.v + 1 };
      ({ p, v } = retry);
    } else {
      return false;
    }
  }
  return pattern.slice(p).every(isStar);
}

function matchesCharacter(token: Token, char: string): boolean {
  switch (token.kind) {
    case "literal":
      return token.char === char;
    case "any":
    case "star":
      return true;
    case "class":
      return token.ranges.some(([from, to]) => from <= char && char <= to) !== token.negated;
  }
}

function readGlob(glob: string): Token[][] {
  if (glob === "") throw new SyntaxError("a glob must not be empty");
  if (glob.length > LONGEST_GLOB) throw new SyntaxError(`a glob has at most ${LONGEST_GLOB} characters`);
  if (glob.startsWith("!"))
    throw new SyntaxError(`"${glob}": a glob cannot be negated with "!", list it under exclude`);
  return new GlobReader(Array.from(glob)).read();
}

class GlobReader {
  private at = 0;

  constructor(private readonly chars: readonly string[]) {}

  read(): Token[][] {
    const alternatives = this.sequence(false);
    if (this.at < this.chars.length) this.fail(`"${this.chars[this.at] ?? ""}" has no opening counterpart`);
    return alternatives;
  }

  private fail(what: string): never {
    throw new SyntaxError(`"${this.chars.join("")}" is not a valid glob: ${what}`);
  }

  /** Everything up to the end, or inside braces up to `,` or `}`: one token list an alternative. */
  private sequence(inBraces: boolean): Token[][] {
    let alternatives: Token[][] = [[]];
    for (let char = this.chars[this.at]; char !== undefined; char = this.chars[this.at]) {
      if (char === "}" || (inBraces && char === ",")) break;
      this.at += 1;
      const next = char === "{" ? this.braces() : [[this.token(char)]];
      if (alternatives.length * next.length > MOST_ALTERNATIVES) {
        this.fail(`its braces stand for more than ${MOST_ALTERNATIVES} alternatives`);
      }
      alternatives = alternatives.flatMap((head) => next.map((tail) => [...head, ...tail]));
    }
    return alternatives;
  }

  private braces(): Token[][] {
    const start = this.at;
    const alternatives: Token[][] = [];
    do {
      alternatives.push(...this.sequence(true));
      if (this.chars[this.at] === undefined) this.fail('a "{" is not closed');
    } while (this.chars[this.at++] === ",");
    if (/^\w+\.\.\w+\}$/.test(this.chars.slice(start, this.at).join(""))) {
      this.fail("ranges in braces are not known, list what is meant: {1,2,3}");
    }
    return alternatives;
  }

  private token(char: string): Token {
    if ("@+*?!".includes(char) && this.chars[this.at] === "(") {
      this.fail(`"${char}(" is not known, list alternatives in braces: {a,b}`);
    }
    switch (char) {
      case "*":
        return { kind: "star" };
      case "?":
        return { kind: "any" };
      case "[":
        return this.characterClass();
      case "]":
        return this.fail('"]" has no opening counterpart');
      case "\\":
        return { kind: "literal", char: this.escaped() };
      default:
        return { kind: "literal", char };
    }
  }

  private escaped(): string {
    const char = this.chars[this.at++];
    return char ?? this.fail("nothing follows the last backslash");
  }

  private characterClass(): CharacterClass {
    const negated = this.chars[this.at] === "!" || this.chars[this.at] === "^";
    if (negated) this.at += 1;
    const ranges: [string, string][] = [];
    while (ranges.length === 0 || this.chars[this.at] !== "]") {
      const from = this.classCharacter();
      const isRange = this.chars[this.at] === "-" && ![undefined, "]"].includes(this.chars[this.at + 1]);
      if (isRange) this.at += 1;
      const to = isRange ? this.classCharacter() : from;
      if (to < from) this.fail(`the range ${from}-${to} is the wrong way round`);
      ranges.push([from, to]);
    }
    this.at += 1;
    return { kind: "class", negated, ranges };
  }

  private classCharacter(): string {
    const char = this.chars[this.at++];
    if (char === undefined) return this.fail('a "[" is not closed');
    return char === "\\" ? this.escaped() : char;
  }
}
