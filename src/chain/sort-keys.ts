/** Sorting by several keys, the same on every machine and for every order of the input. */
import { compare } from "./graph.js";

/** Compared from left to right: texts by code unit, numbers by size. A shorter key comes first where it begins a longer. */
export type SortKey = readonly (string | number)[];

/** A sorted copy; items with equal keys keep their order. */
export function sortedBy<T>(items: Iterable<T>, keyOf: (item: T) => SortKey): T[] {
  return Array.from(items, (item) => ({ item, key: keyOf(item) }))
    .sort((a, b) => compareKeys(a.key, b.key))
    .map(({ item }) => item);
}

/** As `sortedBy`; of items with equal keys, one is kept. */
export function uniqueBy<T>(items: Iterable<T>, keyOf: (item: T) => SortKey): T[] {
  const byKey = new Map<string, T>();
  for (const item of items) byKey.set(JSON.stringify(keyOf(item)), item);
  return sortedBy(byKey.values(), keyOf);
}

function compareKeys(a: SortKey, b: SortKey): number {
  for (let index = 0; index < Math.min(a.length, b.length); index++) {
    const [left, right] = [a[index] ?? "", b[index] ?? ""];
    const order =
      typeof left === "number" && typeof right === "number" ? left - right : compare(String(left), String(right));
    if (order !== 0) return order;
  }
  return a.length - b.length;
}
