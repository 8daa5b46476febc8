/** The Python expressions of `${@…}` as trees, by precedence climbing. No statements, no lambda with defaults, no await. */
import { CannotExpand } from "./meter.js";
import type { Clause, Comparison, PythonNode } from "./python-nodes.js";
import { DEEPEST, PythonCursor } from "./python-cursor.js";
import { pythonTokens } from "./python-tokens.js";

const CONSTANTS: ReadonlyMap<string, boolean | null> = new Map([
  ["True", true],
  ["False", false],
  ["None", null],
]);
const BINARY: ReadonlyMap<string, number> = new Map([
  ["|", 1],
  ["^", 2],
  ["&", 3],
  ["<<", 4],
  [">>", 4],
  ["+", 5],
  ["-", 5],
  ["*", 6],
  ["/", 6],
  ["//", 6],
  ["%", 6],
  ["@", 6],
]);
const COMPARISONS: ReadonlySet<string> = new Set(["==", "!=", "<", "<=", ">", ">="]);

/**
 * @throws {CannotExpand} for what is no expression, or one of a kind that is not known here
 * @throws {UnterminatedString}
 */
export function parsePython(code: string): PythonNode {
  return new Parser(pythonTokens(code)).whole();
}

class Parser extends PythonCursor {
  whole(): PythonNode {
    const node = this.expressions();
    if (this.peek().kind !== "end") throw this.unexpected();
    return node;
  }

  /** One, or several with commas: a tuple. */
  private expressions(): PythonNode {
    const first = this.expression();
    if (!this.isOperator(",")) return first;
    const items = [first];
    while (this.take(",")) {
      if (this.endsList()) break;
      items.push(this.expression());
    }
    return { kind: "items", type: "tuple", items };
  }

  private endsList(): boolean {
    const token = this.peek();
    return token.kind === "end" || (token.kind === "operator" && /^[)\]}=:]$/.test(token.text));
  }

  private expression(): PythonNode {
    return this.deeper(() => {
      if (this.takeWord("lambda")) return this.lambda();
      const value = this.or();
      if (!this.takeWord("if")) return value;
      const test = this.or();
      if (!this.takeWord("else")) throw this.unexpected();
      return { kind: "conditional", test, yes: value, no: this.expression() };
    });
  }

  private lambda(): PythonNode {
    const parameters: string[] = [];
    while (!this.take(":")) {
      parameters.push(this.name());
      if (!this.take(",") && !this.isOperator(":")) throw this.unexpected();
    }
    return { kind: "lambda", parameters, body: this.expression() };
  }

  private or(): PythonNode {
    let left = this.and();
    this.chain(() => {
      if (!this.takeWord("or")) return false;
      left = { kind: "logic", operator: "or", left, right: this.and() };
      return true;
    });
    return left;
  }

  private and(): PythonNode {
    let left = this.not();
    this.chain(() => {
      if (!this.takeWord("and")) return false;
      left = { kind: "logic", operator: "and", left, right: this.not() };
      return true;
    });
    return left;
  }

  private not(): PythonNode {
    if (!this.takeWord("not")) return this.comparison();
    return this.deeper(() => ({ kind: "unary", operator: "not", operand: this.not() }));
  }

  private comparison(): PythonNode {
    const first = this.binary(1);
    const rest: [Comparison, PythonNode][] = [];
    for (let operator = this.comparisonOperator(); operator !== null; operator = this.comparisonOperator()) {
      rest.push([operator, this.binary(1)]);
    }
    return rest.length === 0 ? first : { kind: "compare", first, rest };
  }

  private comparisonOperator(): Comparison | null {
    const token = this.peek();
    if (token.kind === "operator" && COMPARISONS.has(token.text)) {
      this.at++;
      return token.text as Comparison;
    }
    if (this.takeWord("in")) return "in";
    if (this.takeWord("is")) return this.takeWord("not") ? "is not" : "is";
    if (!this.isWord("not")) return null;
    this.at++;
    if (!this.takeWord("in")) throw this.unexpected();
    return "not in";
  }

  private binary(lowest: number): PythonNode {
    let left = this.unary();
    this.chain(() => {
      const token = this.peek();
      const strength = token.kind === "operator" ? BINARY.get(token.text) : undefined;
      if (token.kind !== "operator" || strength === undefined || strength < lowest) return false;
      this.at++;
      left = { kind: "binary", operator: token.text, left, right: this.binary(strength + 1) };
      return true;
    });
    return left;
  }

  private unary(): PythonNode {
    for (const operator of ["-", "+"] as const) {
      if (this.take(operator)) return this.deeper(() => ({ kind: "unary", operator, operand: this.unary() }));
    }
    const base = this.postfix();
    if (!this.take("**")) return base;
    return this.deeper(() => ({ kind: "binary", operator: "**", left: base, right: this.unary() }));
  }

  private postfix(): PythonNode {
    let node = this.atom();
    this.chain(() => {
      if (this.take(".")) node = { kind: "attribute", of: node, name: this.name() };
      else if (this.take("(")) node = this.call(node);
      else if (this.take("[")) node = this.subscript(node);
      else return false;
      return true;
    });
    return node;
  }

  private call(callee: PythonNode): PythonNode {
    const args: PythonNode[] = [];
    const named: [string, PythonNode][] = [];
    while (!this.take(")")) {
      const token = this.peek();
      if (token.kind === "name" && this.isOperator("=", 1)) {
        this.at += 2;
        named.push([token.text, this.expression()]);
      } else {
        const value = this.expression();
        args.push(this.isWord("for") ? this.comprehension("generator", value, null) : value);
      }
      if (!this.take(",") && !this.isOperator(")")) throw this.unexpected();
    }
    return { kind: "call", callee, args, named };
  }

  private subscript(of: PythonNode): PythonNode {
    const from = this.isOperator(":") ? null : this.expressions();
    if (!this.take(":")) {
      this.expect("]");
      if (from === null) throw this.unexpected();
      return { kind: "index", of, at: from };
    }
    const to = this.isOperator(":") || this.isOperator("]") ? null : this.expression();
    const step = this.take(":") && !this.isOperator("]") ? this.expression() : null;
    this.expect("]");
    return { kind: "slice", of, from, to, step };
  }

  private atom(): PythonNode {
    const token = this.peek();
    switch (token.kind) {
      case "end":
        throw this.unexpected();
      case "number":
        this.at++;
        return { kind: "constant", value: token.value, float: token.float };
      case "string":
        return { kind: "constant", value: this.strings(), float: false };
      case "name": {
        const constant = CONSTANTS.get(token.text);
        if (constant === undefined) return { kind: "name", name: this.name() };
        this.at++;
        return { kind: "constant", value: constant, float: false };
      }
      case "operator":
        return this.bracketed();
    }
  }

  /** Strings that follow each other are one. */
  private strings(): string {
    const parts: string[] = [];
    for (let token = this.peek(); token.kind === "string"; token = this.peek()) {
      parts.push(token.value);
      this.at++;
    }
    return parts.join("");
  }

  private bracketed(): PythonNode {
    return this.deeper(() => {
      if (this.take("(")) return this.parenthesized();
      if (this.take("[")) return this.list();
      if (this.take("{")) return this.braced();
      throw this.unexpected();
    });
  }

  private parenthesized(): PythonNode {
    if (this.take(")")) return { kind: "items", type: "tuple", items: [] };
    const value = this.expressions();
    const node = this.isWord("for") ? this.comprehension("generator", value, null) : value;
    this.expect(")");
    return node;
  }

  private list(): PythonNode {
    if (this.take("]")) return { kind: "items", type: "list", items: [] };
    const first = this.expression();
    if (this.isWord("for")) {
      const node = this.comprehension("list", first, null);
      this.expect("]");
      return node;
    }
    return { kind: "items", type: "list", items: this.itemsAfter(first, "]") };
  }

  private braced(): PythonNode {
    if (this.take("}")) return { kind: "dict", pairs: [] };
    const first = this.expression();
    if (this.take(":")) return this.dict(first);
    if (this.isWord("for")) {
      const node = this.comprehension("set", first, null);
      this.expect("}");
      return node;
    }
    return { kind: "items", type: "set", items: this.itemsAfter(first, "}") };
  }

  private itemsAfter(first: PythonNode, close: string): PythonNode[] {
    const items = [first];
    while (!this.take(close)) {
      this.expect(",");
      if (!this.isOperator(close)) items.push(this.expression());
    }
    return items;
  }

  private dict(firstKey: PythonNode): PythonNode {
    const firstValue = this.expression();
    if (this.isWord("for")) {
      const node = this.comprehension("dict", firstValue, firstKey);
      this.expect("}");
      return node;
    }
    const pairs: [PythonNode, PythonNode][] = [[firstKey, firstValue]];
    while (!this.take("}")) {
      this.expect(",");
      if (this.isOperator("}")) continue;
      const key = this.expression();
      this.expect(":");
      pairs.push([key, this.expression()]);
    }
    return { kind: "dict", pairs };
  }

  private comprehension(
    type: "list" | "set" | "generator" | "dict",
    element: PythonNode,
    key: PythonNode | null,
  ): PythonNode {
    const clauses: Clause[] = [];
    while (this.takeWord("for")) {
      const bracket = this.take("(");
      const targets = [this.name()];
      let unpack = false;
      while (this.take(",")) {
        unpack = true;
        if (!this.isWord("in") && !this.isOperator(")")) targets.push(this.name());
      }
      if (bracket) this.expect(")");
      if (!this.takeWord("in")) throw this.unexpected();
      const over = this.or();
      const conditions: PythonNode[] = [];
      while (this.takeWord("if")) conditions.push(this.or());
      clauses.push({ targets, unpack, over, conditions });
    }
    if (clauses.length > DEEPEST) throw new CannotExpand("work", "its Python is nested too deep");
    return { kind: "comprehension", type, element, key, clauses };
  }
}
