/** Runs the statements of a .conf file against a datastore, as BitBake does once a file is parsed (lib/bb/parse/ast.py). */
import type { LayerInclude, LayerWarning, Origin } from "../layer.js";
import { DataStore, hasOldSyntax, readOperationName, type Value } from "./datastore.js";
import { Evaluation } from "./evaluation.js";
import { CannotExpand, type Meter } from "./meter.js";
import { normalized } from "./python-modules.js";
import { readStatements, type Assignment, type Dialect, type Statement } from "./statements.js";
import { words } from "./whitespace.js";

/** A statement that set a variable, in the file that it stands in. */
export interface Write {
  file: string;
  assignment: Assignment;
}

/** What reading a file and the files it names has left. */
export interface ReadResult {
  store: DataStore;
  /** By the variable without overrides and operations, in order. */
  writes: Map<string, Write[]>;
  includes: LayerInclude[];
  pythonModules: string[];
  warnings: LayerWarning[];
}

export interface Source {
  /** How origins and warnings name it. */
  file: string;
  text: string;
  /** Where it lies below the layer's folder. */
  path: string;
}

/** The layer's other files, by path below its folder, and how they are named. */
export interface LayerFiles {
  files: ReadonlyMap<string, string>;
  nameOf(path: string): string;
  /** The layer's folder as `${LAYERDIR}` gives it. */
  folder: string;
}

const DEEPEST_INCLUDE = 20;
const MOST_INCLUDES = 500;
/** Lines of one file that are warned of each by itself. */
const MOST_REFUSED = 20;

export function runStatements(source: Source, layer: LayerFiles, meter: Meter): ReadResult {
  const run = new Run(layer, meter);
  run.store.set("LAYERDIR", layer.folder);
  run.store.set("LAYERDIR_RE", layer.folder.replace(/[^\w/]/g, String.raw`\$&`));
  run.file(source, "conf");
  return run;
}

class Run implements ReadResult {
  readonly store = new DataStore();
  readonly writes = new Map<string, Write[]>();
  readonly includes: LayerInclude[] = [];
  readonly pythonModules: string[] = [];
  readonly warnings: LayerWarning[] = [];
  private readonly open: string[] = [];
  private followed = 0;
  private warnedOfOldSyntax = false;

  constructor(
    private readonly layer: LayerFiles,
    private readonly meter: Meter,
  ) {}

  file(source: Source, dialect: Dialect): void {
    this.open.push(source.path);
    this.store.set("FILE", `${this.layer.folder}/${source.path}`);
    let refused = 0;
    for (const statement of readStatements(source.text, dialect, this.meter)) {
      if (statement.kind === "refused") {
        refused++;
        if (refused <= MOST_REFUSED) this.refuse(source.file, statement.place.first, statement.message);
      } else this.statement(statement, source);
    }
    if (refused > MOST_REFUSED) {
      this.warn(
        source.file,
        1,
        null,
        `could not be read: ${refused - MOST_REFUSED} more lines, as line ${this.lastRefused()}`,
      );
    }
    this.open.pop();
    const outer = this.open.at(-1);
    if (outer !== undefined) this.store.set("FILE", `${this.layer.folder}/${outer}`);
  }

  private lastRefused(): number {
    return this.warnings.at(-1)?.line ?? 1;
  }

  private refuse(file: string, line: number, message: string): void {
    this.warn(file, line, null, `could not be read: line ${line}: ${message}; BitBake refuses the whole file`);
  }

  private warn(file: string, line: number, variable: string | null, message: string): void {
    this.warnings.push({ file, line, variable, message });
  }

  private statement(statement: Exclude<Statement, { kind: "refused" }>, source: Source): void {
    switch (statement.kind) {
      case "assign":
        this.assign(statement, source.file);
        return;
      case "unset":
        if (statement.flag === null) this.store.unset(statement.name);
        else this.store.unsetFlag(statement.name, statement.flag);
        return;
      case "include":
        this.include(statement, source);
        return;
      case "addpylib":
        this.pythonModules.push(statement.module);
        return;
      case "nothing":
        return;
    }
  }

  private assign(assignment: Assignment, file: string): void {
    const { name, operator } = assignment;
    const operation = readOperationName(name);
    const base = (operation?.base ?? name).split(":")[0] ?? name;
    const writes = this.writes.get(base);
    if (writes === undefined) this.writes.set(base, [{ file, assignment }]);
    else writes.push({ file, assignment });
    if (assignment.flag === null && operator !== "??=") this.noteOldSyntax(assignment, file);
    const flag = flagOf(assignment);
    const value = this.valueOf(assignment);
    if (value === undefined) return;
    if (flag === null) this.store.set(name, value);
    else this.store.setFlag(name, flag, value);
  }

  private noteOldSyntax({ name, place }: Assignment, file: string): void {
    if (this.warnedOfOldSyntax || !hasOldSyntax(name)) return;
    this.warnedOfOldSyntax = true;
    const message = `is an operation in the old syntax; it is read as it was meant, but BitBake since 3.4 (honister) refuses the file`;
    this.warn(file, place.first, name, message);
  }

  /** Undefined: nothing is to be set. */
  private valueOf({ name, operator, value, flag }: Assignment): Value | undefined {
    const before = (): Value | undefined => this.store.written(name, flag ?? "_content");
    switch (operator) {
      case "=":
      case "??=":
        return value;
      case "?=":
        return before() === undefined ? value : undefined;
      case ":=":
        return this.immediate(value, `${name}[:=]`);
      case "+=":
        return both(before() ?? "", ` ${value}`);
      case ".=":
        return both(before() ?? "", value);
      case "=+":
        return both(`${value} `, before() ?? "");
      case "=.":
        return both(value, before() ?? "");
    }
  }

  private immediate(value: string, name: string): Value {
    if (!value.includes("${")) return value;
    try {
      return new Evaluation(this.store, this.meter).expand(value, name);
    } catch (error) {
      // It may stand for something that nobody asks for: `PATH := "${@bb.utils.which(…)}"`.
      if (error instanceof CannotExpand) return { reason: error.message, kind: error.kind };
      throw error;
    }
  }

  private include(statement: Extract<Statement, { kind: "include" }>, source: Source): void {
    const { verb, what, place } = statement;
    const asked = what.includes("${@") ? [what] : words(what);
    for (const file of asked) {
      const origin: Origin = { file: source.file, line: place.first, variable: verb };
      const path = this.find(file, source.path);
      const followed = path !== null && this.mayFollow(path, origin);
      this.includes.push({ verb, file, origin, followed });
      if (followed) this.follow(path);
    }
  }

  /** Beside the file itself, then in the layer's folder, which stands for BBPATH. */
  private find(file: string, from: string): string | null {
    let expanded: string;
    try {
      expanded = new Evaluation(this.store, this.meter).expand(file, null);
    } catch (error) {
      if (error instanceof CannotExpand) return null;
      throw error;
    }
    const { folder, files } = this.layer;
    const candidates = expanded.startsWith(`${folder}/`)
      ? [expanded.slice(folder.length + 1)]
      : [`${from.slice(0, from.lastIndexOf("/") + 1)}${expanded}`, expanded];
    return candidates.map(normalized).find((path) => files.has(path)) ?? null;
  }

  private mayFollow(path: string, { file, line }: Origin): boolean {
    const tooMany = this.followed >= MOST_INCLUDES || this.open.length >= DEEPEST_INCLUDE;
    if (!tooMany && !this.open.includes(path)) return true;
    // BitBake passes over a file that names itself; round about it goes on until it breaks.
    if (path !== this.open.at(-1)) {
      const why = tooMany ? "too many files include each other" : "these files include each other";
      this.warn(file, line, null, `${path} is not read here: ${why}: ${[...this.open, path].join(" → ")}`);
    }
    return false;
  }

  private follow(path: string): void {
    const text = this.layer.files.get(path);
    if (text === undefined) return;
    this.followed++;
    this.meter.allow(this.followed <= this.layer.files.size ? text.length : 0);
    this.file({ file: this.layer.nameOf(path), text, path }, path.endsWith(".conf") ? "conf" : "inc");
  }
}

/** The flag that an assignment sets; null: the value itself. */
function flagOf({ flag, operator }: Assignment): string | null {
  if (operator !== "??=") return flag;
  return flag === null ? "_defaultval" : `_defaultval_flag_${flag}`;
}

function both(a: Value, b: Value): Value {
  if (typeof a !== "string") return a;
  return typeof b === "string" ? a + b : b;
}
