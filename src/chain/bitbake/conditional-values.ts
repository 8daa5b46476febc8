/**
 * What a variable is, and what it becomes under each condition that could change it. The conditions come out of the evaluation
 * itself: the overrides it passed over, and the values that inline Python looked for.
 */
import type { Condition } from "../layer.js";
import type { DataStore } from "./datastore.js";
import { Evaluation } from "./evaluation.js";
import { CannotExpand, type Meter } from "./meter.js";
import { pythonExpressionEnd } from "./expression-end.js";
import { endsInString } from "./python-tokens.js";
import { newTrace, type Trace } from "./trace.js";

export interface Evaluated {
  /** Null: not set, or it could not be expanded. */
  value: string | null;
  /** Why it could not. */
  problem: string | null;
  trace: Trace;
}

export interface Conditional {
  when: Condition;
  evaluated: Evaluated;
}

/** Conditions of one layer that are tried; a layer.conf of people has a handful. */
const MOST_CONDITIONS = 250;

export class ConditionalValues {
  /** True once conditions were left out. */
  tooMany = false;
  private tried = 0;

  constructor(
    private readonly store: DataStore,
    private readonly meter: Meter,
  ) {}

  /** With no override set, and no variable that the files do not set. */
  plain(name: string): Evaluated {
    return this.evaluate(name, new Map());
  }

  /** Under each condition alone; conditions that only show up under another one are tried as well, alone. */
  underConditions(name: string, plain: Evaluated): Conditional[] {
    const results: Conditional[] = [];
    const seen = new Set<string>();
    const waiting = conditionsOf(plain.trace);
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      const key = `${next.variable}=${next.value}`;
      if (seen.has(key)) continue;
      seen.add(key);
      if (this.tried >= MOST_CONDITIONS) {
        this.tooMany = true;
        break;
      }
      this.tried++;
      const evaluated = this.evaluate(name, new Map([[next.variable, next.value]]));
      results.push({ when: next, evaluated });
      for (const more of conditionsOf(evaluated.trace)) waiting.push(more);
    }
    return results;
  }

  private evaluate(name: string, forced: ReadonlyMap<string, string>): Evaluated {
    const evaluation = new Evaluation(this.store, this.meter, forced);
    const { trace } = evaluation;
    try {
      const value = evaluation.get(name);
      trace.unset.delete(name);
      const left = value === null ? null : withoutPython(value);
      const problem = left === value ? null : `it has Python in it that hangs on variables set elsewhere`;
      return { value: left, problem, trace };
    } catch (error) {
      if (!(error instanceof CannotExpand)) throw error;
      return { value: null, problem: worded(error), trace: error.kind === "work" ? newTrace() : trace };
    }
  }
}

function conditionsOf(trace: Trace): Condition[] {
  const overrides = Array.from(trace.overrides, (value) => ({ variable: "OVERRIDES", value }));
  const tests = Array.from(trace.tests, ([variable, values]) => Array.from(values, (value) => ({ variable, value })));
  return [...overrides, ...tests.flat()].filter(({ value }) => value !== "");
}

function worded({ kind, message }: CannotExpand): string {
  return kind === "bitbake" ? `${message}; BitBake cannot expand it either, unless other files set more` : message;
}

/** BitBake leaves such Python in the text; its words are no names. */
function withoutPython(value: string): string {
  const parts: string[] = [];
  let done = 0;
  for (let start = value.indexOf("${@"); start !== -1; start = value.indexOf("${@", done)) {
    parts.push(value.slice(done, start));
    const end = pythonExpressionEnd(value, start + 3);
    // A brace within a string ends it too early, and where it was meant to end nobody can tell.
    done = end === null || endsInString(value.slice(start + 3, end)) ? value.length : end + 1;
  }
  return done === 0 ? value : parts.join("") + value.slice(done);
}
