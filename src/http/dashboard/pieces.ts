/**
 * Pieces of pages as HTML, each made once for all who ask for it: of a release run of 200 components one takes some 20 ms, on the
 * thread that also dispatches, and whoever watches a run asks for it every second.
 */
import { raw } from "hono/html";

/** Characters of all that are kept: some 8 MB. */
const KEPT = 8_000_000;

type Piece = ReturnType<typeof raw>;

export interface Pieces {
  /** The piece that has a place on a page; `key` names all that it depends on: the last one of a place is kept. */
  of(place: string, key: string, make: () => Promise<string>): Promise<Piece>;
}

export function createPieces(most = KEPT): Pieces {
  /** The one that was asked for last is the last. */
  const kept = new Map<string, { key: string; html: Promise<string>; length: number }>();
  let characters = 0;

  function forget(place: string): void {
    characters -= kept.get(place)?.length ?? 0;
    kept.delete(place);
  }

  return {
    async of(place, key, make) {
      const known = kept.get(place);
      const piece = known?.key === key ? known : { key, html: make(), length: 0 };
      if (piece === known) kept.delete(place);
      else forget(place);
      kept.set(place, piece);
      try {
        const html = await piece.html;
        if (piece.length === 0 && kept.get(place) === piece) {
          piece.length = html.length;
          characters += html.length;
          for (const oldest of kept.keys()) if (characters > most) forget(oldest);
        }
        return raw(html);
      } catch (cause) {
        if (kept.get(place) === piece) forget(place);
        throw cause;
      }
    },
  };
}
