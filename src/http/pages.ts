/** Lists in pages. */
import { BadRequest } from "./api-requests.js";

export interface Page<Item> {
  items: Item[];
  /** `after` of the next page; null: that was all. */
  next: string | null;
}

/** Where `after` is the `next` of no page. */
export const NO_SUCH_ITEM = "after: there is no such item. Begin again with the first page, without it.";

/** A page of a list that is there whole; `nameOf` tells an item from the others. Throws BadRequest where `after` names none. */
export function pageOf<Item>(
  all: readonly Item[],
  { after, limit }: { after?: string | undefined; limit: number },
  nameOf: (item: Item) => string,
): Page<Item> {
  const start = after === undefined ? 0 : all.findIndex((item) => nameOf(item) === after) + 1;
  if (after !== undefined && start === 0) throw new BadRequest(NO_SUCH_ITEM);
  return pageFrom(all.slice(start, start + limit + 1), limit, nameOf);
}

/** A page of what was found of it: one item more than it holds, where there is another page. */
export function pageFrom<Item>(found: readonly Item[], limit: number, nameOf: (item: Item) => string): Page<Item> {
  const items = found.slice(0, limit);
  const last = items.at(-1);
  return { items, next: found.length > limit && last !== undefined ? nameOf(last) : null };
}
