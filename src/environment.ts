/** Variables of the environment as values: texts, numbers, durations, sizes, lists. */
import { parseSize } from "./chain/config-file/sizes.js";
import { readNoticeTargets, type NoticeTarget } from "./notices/targets.js";

export type Environment = Record<string, string | undefined>;

const UNITS: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Takes variables out of the environment, and notes what is wrong with them. */
export class EnvironmentReader {
  readonly problems: string[] = [];
  readonly secrets: string[] = [];

  constructor(private readonly env: Environment) {}

  text(name: string): string | null {
    const value = this.env[name]?.trim() ?? "";
    return value === "" ? null : value;
  }

  /** As `text`, but its value must never be seen. */
  secret(name: string): string | null {
    const value = this.text(name);
    if (value !== null) this.secrets.push(value);
    return value;
  }

  integer(name: string, min: number, max: number): number | null {
    const text = this.text(name);
    if (text === null) return null;
    const value = /^\d+$/.test(text) ? Number(text) : NaN;
    if (value >= min && value <= max) return value;
    const range = max === Number.MAX_SAFE_INTEGER ? `from ${min}` : `from ${min} to ${max}`;
    this.problems.push(`${name} must be a whole number ${range}, and is ${quote(text)}.`);
    return null;
  }

  choice<T extends string>(name: string, choices: readonly T[]): T | null {
    const text = this.text(name);
    if (text === null) return null;
    const chosen = choices.find((choice) => choice === text);
    if (chosen !== undefined) return chosen;
    this.problems.push(`${name} must be one of ${choices.join(", ")}, and is ${quote(text)}.`);
    return null;
  }

  /** Milliseconds. */
  duration(name: string): number | null {
    const text = this.text(name);
    if (text === null) return null;
    const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text);
    const value = Math.round(Number(match?.[1] ?? NaN) * (UNITS[match?.[2] ?? ""] ?? NaN));
    if (value >= 1 && Number.isSafeInteger(value)) return value;
    this.problems.push(`${name} must be a duration such as 500ms, 30s, 10m, 6h or 2d, and is ${quote(text)}.`);
    return null;
  }

  /** Bytes, as the configuration writes sizes. */
  size(name: string): number | null {
    const text = this.text(name);
    if (text === null) return null;
    const value = parseSize(text);
    if (value !== null) return value;
    this.problems.push(`${name} must be a size such as 500MB, 200GiB or 2TiB, and is ${quote(text)}.`);
    return null;
  }

  /** Targets of notices; see notices/targets.ts. */
  noticeTargets(name: string, readFile: (path: string) => string): NoticeTarget[] {
    const text = this.text(name);
    if (text === null) return [];
    const { targets, secrets, problems } = readNoticeTargets(text, this.env, readFile);
    this.secrets.push(...secrets);
    this.problems.push(...problems);
    return targets;
  }

  /** A list of `owner/repo` globs, separated by commas (outside of braces) or space. */
  globs(name: string): string[] | null {
    const text = this.text(name);
    if (text === null) return null;
    const globs = (text.match(/(?:\{[^{}]*\}|[^\s,{}])+|[{}]/g) ?? []).map(String);
    const wrong = globs.filter((glob) => !/^[\w.*?{}[\],!-]+\/[\w.*?{}[\],!-]+$/.test(glob));
    if (globs.length > 0 && wrong.length === 0) return globs;
    this.problems.push(
      `${name} must be a list of owner/repo, with * and ? if need be, separated by commas: ${quote(wrong[0] ?? text)} is none.`,
    );
    return null;
  }
}

/** A value within a sentence, cut where it is long. */
export function quote(text: string): string {
  return `\`${text.length > 60 ? `${text.slice(0, 60)}…` : text}\``;
}
