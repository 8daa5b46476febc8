/** Trees of the Python expressions in `${@…}`. */

export type ListKind = "list" | "tuple" | "set";
export type Comparison = "==" | "!=" | "<" | "<=" | ">" | ">=" | "in" | "not in" | "is" | "is not";

export type PythonNode =
  | { kind: "constant"; value: string | number | boolean | null; float: boolean }
  | { kind: "name"; name: string }
  | { kind: "items"; type: ListKind; items: PythonNode[] }
  | { kind: "dict"; pairs: [key: PythonNode, value: PythonNode][] }
  | {
      kind: "comprehension";
      type: "list" | "set" | "generator" | "dict";
      element: PythonNode;
      key: PythonNode | null;
      clauses: Clause[];
    }
  | { kind: "attribute"; of: PythonNode; name: string }
  | { kind: "call"; callee: PythonNode; args: PythonNode[]; named: [name: string, value: PythonNode][] }
  | { kind: "index"; of: PythonNode; at: PythonNode }
  | { kind: "slice"; of: PythonNode; from: PythonNode | null; to: PythonNode | null; step: PythonNode | null }
  | { kind: "unary"; operator: "not" | "-" | "+"; operand: PythonNode }
  | { kind: "binary"; operator: string; left: PythonNode; right: PythonNode }
  | { kind: "compare"; first: PythonNode; rest: [operator: Comparison, right: PythonNode][] }
  | { kind: "logic"; operator: "and" | "or"; left: PythonNode; right: PythonNode }
  | { kind: "conditional"; test: PythonNode; yes: PythonNode; no: PythonNode }
  | { kind: "lambda"; parameters: string[]; body: PythonNode };

export interface Clause {
  targets: string[];
  /** `for a, b in` takes each item apart; `for a in` does not. */
  unpack: boolean;
  over: PythonNode;
  conditions: PythonNode[];
}
