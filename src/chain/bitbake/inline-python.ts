/**
 * The Python of `${@…}`: expressions only, walked as a tree with every step counted. Nothing of it is ever run as code. What is
 * not known here is said to be so, by an error, and never guessed.
 */
import type { Meter } from "./meter.js";
import { builtinNamed, memberOf, type Datastore } from "./python-functions.js";
import { itemAt, methodOf, sliceOf } from "./python-methods.js";
import { applyBinary, applyUnary, compare } from "./python-operators.js";
import type { Clause, Comparison, PythonNode } from "./python-nodes.js";
import { parsePython } from "./python-syntax.js";
import {
  bool,
  isSequence,
  isTrue,
  itemsOf,
  keyOf,
  list,
  NONE,
  raised,
  setOf,
  str,
  textOf,
  typeName,
  type PythonValue,
} from "./python-values.js";
import { strip } from "./whitespace.js";

export { UnterminatedString } from "./python-tokens.js";

/** Names of modules that BitBake lets inline Python see. */
const MODULES = new Set(["bb", "os", "time", "oe", "sys"]);
const FRAMES_OF_A_NODE = 4;

/**
 * The text that takes the place of `${@code}`.
 * @throws {CannotExpand}
 * @throws {UnterminatedString} then the expression stays as it is written
 */
export function evaluatePython(code: string, data: Datastore, meter: Meter): string {
  meter.spend(code.length);
  return textOf(new Walk(data, meter).value(parsePython(strip(code)), null));
}

/** Names bound by comprehensions and lambdas, innermost first. */
interface Scope {
  names: ReadonlyMap<string, PythonValue>;
  outer: Scope | null;
}

class Walk {
  constructor(
    private readonly data: Datastore,
    private readonly meter: Meter,
  ) {}

  value(node: PythonNode, scope: Scope | null): PythonValue {
    this.meter.spend(1);
    return this.data.deeper(FRAMES_OF_A_NODE, () => this.of(node, scope));
  }

  private of(node: PythonNode, scope: Scope | null): PythonValue {
    switch (node.kind) {
      case "constant":
        return constant(node.value, node.float);
      case "name":
        return this.name(node.name, scope);
      case "items": {
        const items = node.items.map((item) => this.value(item, scope));
        return node.type === "set" ? setOf(items) : { type: node.type, items };
      }
      case "dict":
        return dictOf(node.pairs.map(([key, value]) => [this.value(key, scope), this.value(value, scope)]));
      case "comprehension":
        return this.comprehension(node, scope);
      case "attribute":
        return this.attribute(this.value(node.of, scope), node.name);
      case "call":
        return this.call(node, scope);
      case "index":
        return itemAt(this.value(node.of, scope), this.value(node.at, scope));
      case "slice":
        return sliceOf(
          this.value(node.of, scope),
          this.optional(node.from, scope),
          this.optional(node.to, scope),
          this.optional(node.step, scope),
        );
      case "unary":
        return this.unary(node.operator, this.value(node.operand, scope));
      case "binary":
        return this.binary(node.operator, this.value(node.left, scope), this.value(node.right, scope));
      case "compare":
        return this.comparison(node.first, node.rest, scope);
      case "logic":
        return this.logic(node.operator, this.value(node.left, scope), node.right, scope);
      case "conditional":
        return this.value(this.isTrue(this.value(node.test, scope)) ? node.yes : node.no, scope);
      case "lambda":
        return this.lambda(node.parameters, node.body, scope);
    }
  }

  private optional(node: PythonNode | null, scope: Scope | null): PythonValue {
    return node === null ? NONE : this.value(node, scope);
  }

  /**
   * Outside of comprehensions a name may also be a variable of the datastore; inside of them Python looks only among the
   * globals, so that BitBake finds none.
   */
  private name(name: string, scope: Scope | null): PythonValue {
    for (let inner = scope; inner !== null; inner = inner.outer) {
      const found = inner.names.get(name);
      if (found !== undefined) return found;
    }
    if (name === "d" || MODULES.has(name)) return { type: "object", name };
    const builtin = builtinNamed(name);
    if (builtin !== null) return builtin;
    const value = scope === null ? this.data.get(name) : null;
    if (value === null) throw raised(`name '${name}' is not defined`);
    return str(value, { variable: name });
  }

  private attribute(of: PythonValue, name: string): PythonValue {
    if (of.type === "object") return memberOf(of.name, name, this.data);
    return { type: "function", name, call: methodOf(of, name) };
  }

  private call(node: Extract<PythonNode, { kind: "call" }>, scope: Scope | null): PythonValue {
    const callee = this.value(node.callee, scope);
    const args = node.args.map((arg) => this.value(arg, scope));
    const named = new Map(node.named.map(([name, value]) => [name, this.value(value, scope)]));
    if (callee.type !== "function") throw raised(`'${typeName(callee)}' object is not callable`);
    this.charge(...args);
    return this.charged(callee.call(args, named));
  }

  private unary(operator: "not" | "-" | "+", operand: PythonValue): PythonValue {
    return operator === "not" ? bool(!this.isTrue(operand)) : applyUnary(operator, operand);
  }

  private binary(operator: string, left: PythonValue, right: PythonValue): PythonValue {
    this.charge(left, right);
    return this.charged(applyBinary(operator, left, right));
  }

  private comparison(first: PythonNode, rest: readonly [Comparison, PythonNode][], scope: Scope | null): PythonValue {
    let left = this.value(first, scope);
    let result: PythonValue = bool(true);
    for (const [operator, node] of rest) {
      const right = this.value(node, scope);
      this.charge(left, right);
      this.noteTest(operator, left, right);
      result = compare(operator, left, right);
      if (!isTrue(result)) return result;
      left = right;
    }
    return result;
  }

  /** `'x' in d.getVar('A').split()`, `d.getVar('A') == 'x'`: what is looked for, and in which variable. */
  private noteTest(operator: Comparison, left: PythonValue, right: PythonValue): void {
    if (operator === "in" || operator === "not in") this.noteIn(left, right);
    if (operator === "==" || operator === "!=") {
      this.noteIn(left, right);
      this.noteIn(right, left);
    }
  }

  private noteIn(sought: PythonValue, held: PythonValue): void {
    const from = "from" in held ? held.from : undefined;
    if (from !== undefined && sought.type === "str") this.data.noteTest(from.variable, sought.value);
    // `d.getVar('A') in ['x', 'y']`: any of these.
    const asked = "from" in sought ? sought.from : undefined;
    if (asked !== undefined && isSequence(held)) {
      for (const item of held.items) if (item.type === "str") this.data.noteTest(asked.variable, item.value);
    }
  }

  /** A variable that is asked whether it is set at all is tried with "1". */
  private isTrue(value: PythonValue): boolean {
    const from = "from" in value ? value.from : undefined;
    if (from !== undefined) this.data.noteTest(from.variable, "1");
    return isTrue(value);
  }

  private logic(operator: "and" | "or", left: PythonValue, node: PythonNode, scope: Scope | null): PythonValue {
    if (isTrue(left) === (operator === "or")) return left;
    const right = this.value(node, scope);
    // `(d.getVar('A') or '')` is still what is in A.
    const from = operator === "or" && "from" in left ? left.from : undefined;
    return from !== undefined && right.type === "str" ? str(right.value, from) : right;
  }

  private lambda(parameters: readonly string[], body: PythonNode, scope: Scope | null): PythonValue {
    return {
      type: "function",
      name: "lambda",
      call: (args, named) => {
        if (args.length !== parameters.length || named.size > 0)
          throw raised("a lambda is called with other arguments");
        const names = new Map(parameters.map((name, at) => [name, args[at] ?? NONE]));
        return this.value(body, { names, outer: scope });
      },
    };
  }

  private comprehension(node: Extract<PythonNode, { kind: "comprehension" }>, scope: Scope | null): PythonValue {
    const items: PythonValue[] = [];
    const pairs: [PythonValue, PythonValue][] = [];
    this.loop(node.clauses, 0, scope, (inner) => {
      if (node.key === null) items.push(this.value(node.element, inner));
      else pairs.push([this.value(node.key, inner), this.value(node.element, inner)]);
    });
    if (node.type === "dict") return dictOf(pairs);
    if (node.type === "set") return setOf(items);
    return node.type === "list" ? list(items) : { type: "generator", items };
  }

  private loop(clauses: readonly Clause[], at: number, scope: Scope | null, each: (scope: Scope) => void): void {
    const clause = clauses[at];
    if (clause === undefined) return;
    const over = this.value(clause.over, scope);
    this.charge(over);
    for (const item of itemsOf(over)) {
      this.meter.spend(1);
      const inner = { names: bind(clause, item), outer: scope };
      if (!clause.conditions.every((condition) => this.isTrue(this.value(condition, inner)))) continue;
      if (at + 1 === clauses.length) each(inner);
      else
        this.data.deeper(FRAMES_OF_A_NODE, () => {
          this.loop(clauses, at + 1, inner, each);
        });
    }
  }

  /** Working on long texts and lists costs their length. */
  private charge(...values: readonly PythonValue[]): void {
    for (const value of values) this.charged(value);
  }

  private charged(value: PythonValue): PythonValue {
    if (value.type === "str") this.meter.spend(value.value.length);
    else if (isSequence(value)) this.meter.spend(value.items.length);
    return value;
  }
}

function bind(clause: Clause, item: PythonValue): ReadonlyMap<string, PythonValue> {
  const [only] = clause.targets;
  if (!clause.unpack && only !== undefined) return new Map([[only, item]]);
  const items = itemsOf(item);
  if (items.length !== clause.targets.length) throw raised("values cannot be unpacked");
  return new Map(clause.targets.map((name, at) => [name, items[at] ?? NONE]));
}

function constant(value: string | number | boolean | null, float: boolean): PythonValue {
  if (value === null) return NONE;
  if (typeof value === "string") return str(value);
  if (typeof value === "boolean") return bool(value);
  return { type: float ? "float" : "int", value };
}

function dictOf(pairs: readonly (readonly [PythonValue, PythonValue])[]): PythonValue {
  return { type: "dict", entries: new Map(pairs.map((pair) => [keyOf(pair[0]), pair])) };
}
