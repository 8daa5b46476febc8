/**
 * Variables as BitBake's datastore keeps them while files are read (lib/bb/data_smart.py): values and flags, `:append`,
 * `:prepend` and `:remove` kept apart to the end, and which variable is an override of which. Reading with overrides and
 * expansion is in evaluation.ts.
 *
 * The syntax before BitBake 1.52 (`A_append`, `A_prepend_x`, `A_remove`) is told from the present one by the name alone: BitBake
 * 2.19 accepts no variable with one of these in its name, so they can be nothing else, and are read as BitBake up to 1.50 read
 * them. An override without an operation (`A_x`) looks like any other name there and stays one: it counts for nothing unless
 * x is an override, and in a layer.conf none is.
 */

/** A value that a statement gave by an expansion that could not be done. */
export interface Unexpanded {
  reason: string;
  kind: "bitbake" | "here" | "work";
}
export type Value = string | Unexpanded;

export type Keyword = "append" | "prepend" | "remove";

export interface Operation {
  value: Value;
  /** Overrides that all have to hold, joined by colons; empty: in any case. */
  override: string;
}

export interface Variable {
  /** Flags by name; the value itself is `_content`, that of `??=` `_defaultval`. */
  flags: Map<string, Value>;
  operations: Record<Keyword, Operation[]>;
}

/** `A:append:x` taken apart. */
export interface OperationName {
  base: string;
  keyword: Keyword;
  override: string;
  /** Written with underscores. */
  old: boolean;
}

const OPERATION = /:(append|prepend|remove)(?=:|$)/g;
const OLD_OPERATION = /_(append|prepend|remove)(?=_|$)/g;

/** Null for a name that is an ordinary variable, with overrides or not. Overrides hold no capitals. */
export function readOperationName(name: string): OperationName | null {
  return operationIn(name, OPERATION, ":") ?? operationIn(name, OLD_OPERATION, "_");
}

function operationIn(name: string, pattern: RegExp, separator: string): OperationName | null {
  for (const found of name.matchAll(pattern)) {
    const rest = name.slice(found.index + found[0].length);
    if (/[A-Z]/.test(rest)) continue;
    const keyword = found[1] === "append" ? "append" : found[1] === "prepend" ? "prepend" : "remove";
    const override = rest.slice(1).replaceAll(separator, ":");
    return { base: name.slice(0, found.index), keyword, override, old: separator === "_" };
  }
  return null;
}

/** Whether BitBake since 1.52 refuses a file that sets a variable of this name. */
export function hasOldSyntax(name: string): boolean {
  return /_(?:append|prepend|remove)/.test(name);
}

export class DataStore {
  private readonly variables = new Map<string, Variable>();
  /** For a variable, those that stand in for it, with the overrides for which they do. */
  private readonly stands = new Map<string, Map<string, string>>();

  find(name: string): Variable | undefined {
    return this.variables.get(name);
  }

  overridesOf(name: string): ReadonlyMap<string, string> | undefined {
    return this.stands.get(name);
  }

  /** What a statement that adds to a value, or gives one only where there is none, sees of it. */
  written(name: string, flag = "_content"): Value | undefined {
    return this.variables.get(name)?.flags.get(flag);
  }

  /** An assignment as a file makes it: operations given before stay. */
  set(name: string, value: Value): void {
    const operation = readOperationName(name);
    if (operation !== null) {
      const { base, keyword, override } = operation;
      this.variable(base).operations[keyword].push({ value, override });
      this.noteOverrides(base);
      return;
    }
    if (name.includes(":")) this.noteOverrides(name);
    this.variable(name).flags.set("_content", value);
  }

  setFlag(name: string, flag: string, value: Value): void {
    this.variable(name).flags.set(flag, value);
    if (flag === "_defaultval" && name.includes(":")) this.noteOverrides(name);
  }

  unset(name: string): void {
    this.variables.set(name, emptyVariable());
    this.stands.delete(name);
    for (const { shorter } of overridesIn(name)) this.stands.get(shorter)?.delete(name);
  }

  unsetFlag(name: string, flag: string): void {
    this.variables.get(name)?.flags.delete(flag);
  }

  private variable(name: string): Variable {
    let found = this.variables.get(name);
    if (found === undefined) {
      found = emptyVariable();
      this.variables.set(name, found);
    }
    return found;
  }

  private noteOverrides(name: string): void {
    for (const { shorter, override } of overridesIn(name)) {
      let stands = this.stands.get(shorter);
      if (stands === undefined) {
        stands = new Map();
        this.stands.set(shorter, stands);
      }
      if (!stands.has(name)) stands.set(name, override);
    }
  }
}

function emptyVariable(): Variable {
  return { flags: new Map(), operations: { append: [], prepend: [], remove: [] } };
}

/** `A:b:c` stands in for `A:b` under c, and for `A` under b and c; as far as these look like overrides. */
function overridesIn(name: string): { shorter: string; override: string }[] {
  const found = [];
  let at = name.lastIndexOf(":");
  while (at > 0 && /^[a-z0-9]/.test(name.slice(at + 1, at + 2))) {
    found.push({ shorter: name.slice(0, at), override: name.slice(at + 1) });
    at = name.lastIndexOf(":", at - 1);
  }
  return found;
}
