/** Lists that come in pages, whole. */
import type { z } from "zod";
import type { RepoName } from "../coordinator/ports.js";
import { parseAnswer } from "./answers.js";
import { call, hasNext, readUnlessSame } from "./api.js";
import type { ApiParts } from "./api.js";
import { malformedError } from "./errors.js";
import type { Purpose } from "./pace-lanes.js";
import type { ApiAnswer, ApiRequest } from "./request.js";

const PER_PAGE = 100;
/** No list of GitHub's that is read here is nearly as long: it would be a server that repeats itself. */
const MOST_PAGES = 500;

interface Page<T> {
  value: T[];
  next: boolean;
}

export interface ListRequest {
  path: string;
  query?: Record<string, string>;
  repo: RepoName;
  needs: string;
  purpose?: Purpose;
}

/** All items, each once (a list that grows meanwhile shows some twice). Throws GitHubError, also 404. */
export async function allPages<T extends { id: number }>(
  parts: ApiParts,
  list: ListRequest,
  schema: z.ZodType<T[]>,
): Promise<T[]> {
  return await collect(list, async (request) => {
    const answer = await call(parts, request);
    return { value: parseAnswer(schema, request, answer), next: hasNext(answer) };
  });
}

/** The same for lists that are read again and again: pages that did not change are free. */
export async function allPagesUnlessSame<T extends { id: number }>(
  parts: ApiParts,
  list: ListRequest,
  schema: z.ZodType<T[]>,
): Promise<T[]> {
  return await collect(list, (request) => readUnlessSame(parts, request, schema));
}

/** Where the next page of a list is that is turned over by a cursor; null: this was the last. */
export function nextPage(answer: ApiAnswer): URL | null {
  const address = /<([^>]*)>\s*;[^,]*\brel="?next"?/.exec(answer.headers["link"] ?? "")?.[1];
  return address !== undefined && URL.canParse(address) ? new URL(address) : null;
}

async function collect<T extends { id: number }>(
  list: ListRequest,
  readPage: (request: ApiRequest) => Promise<Page<T>>,
): Promise<T[]> {
  const items = new Map<number, T>();
  for (let page = 1; ; page++) {
    const request: ApiRequest = {
      method: "GET",
      path: list.path,
      query: { ...list.query, per_page: PER_PAGE, page },
      kind: "read",
      expects: "json",
      repo: list.repo,
      needs: list.needs,
      ...(list.purpose !== undefined && { purpose: list.purpose }),
    };
    const { value, next } = await readPage(request);
    for (const item of value) items.set(item.id, item);
    if (!next) return [...items.values()];
    if (page >= MOST_PAGES) throw malformedError(request, 200, `it has more than ${MOST_PAGES} pages`);
  }
}
