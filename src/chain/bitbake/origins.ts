/** Finds the line on which a word of a value stands. */
import type { Origin } from "../layer.js";
import { physicalLine } from "./logical-lines.js";
import type { Write } from "./run-statements.js";

/** Each variable's words are listed once, when first asked for. */
export class Origins {
  private readonly lists = new Map<string, Map<string, Origin>>();

  constructor(private readonly writes: ReadonlyMap<string, readonly Write[]>) {}

  /**
   * The physical line that has the word, in the variable itself or in one that it was made from; else, as for words that inline
   * Python made, the last statement that sets the variable. Null where none does.
   */
  ofWord(variable: string, word: string, madeFrom: Iterable<string>): Origin | null {
    const own = this.listOf(variable).get(word);
    if (own !== undefined) return own;
    for (const other of madeFrom) {
      const found = this.listOf(baseOf(other)).get(word);
      if (found !== undefined) return found;
    }
    return this.ofVariable(variable);
  }

  /** The last statement that sets the variable. */
  ofVariable(variable: string): Origin | null {
    const last = this.writes.get(variable)?.at(-1);
    return last === undefined ? null : originAt(last, last.assignment.place.first);
  }

  private listOf(variable: string): Map<string, Origin> {
    let list = this.lists.get(variable);
    if (list === undefined) {
      list = listWords(this.writes.get(variable) ?? []);
      this.lists.set(variable, list);
    }
    return list;
  }
}

function baseOf(variable: string): string {
  const colon = variable.indexOf(":");
  return colon === -1 ? variable : variable.slice(0, colon);
}

/** The first place of each word. */
function listWords(writes: readonly Write[]): Map<string, Origin> {
  const list = new Map<string, Origin>();
  for (const write of writes) {
    const { value, place } = write.assignment;
    for (const found of value.matchAll(/[\w.+-]+/g)) {
      if (!list.has(found[0])) list.set(found[0], originAt(write, physicalLine(place, place.valueAt + found.index)));
    }
  }
  return list;
}

export function originAt({ file, assignment }: Write, line: number): Origin {
  const flag = assignment.flag === null ? "" : `[${assignment.flag}]`;
  return { file, line, variable: assignment.name + flag };
}
