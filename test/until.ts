/** What must come about has so long, in ms: less than a test has, so that the error tells what was waited for. */
export const PATIENCE = 90_000;

/**
 * The first answer that is not null, asked for again and again. Throws when it has not come after `patience` ms, with what
 * `state` says of how things stand, and at once where `ask` throws.
 */
export async function until<T>(
  ask: () => Promise<T | null> | T | null,
  { patience = PATIENCE, every = 20, state = () => Promise.resolve("") }: Waiting = {},
): Promise<T> {
  const end = Date.now() + patience;
  for (;;) {
    const answer = await ask();
    if (answer !== null) return answer;
    if (Date.now() > end) throw new Error(`not so within ${patience} ms: ${await state().catch(String)}`);
    await new Promise((resolve) => setTimeout(resolve, every));
  }
}

interface Waiting {
  patience?: number;
  /** Milliseconds between two looks. */
  every?: number;
  state?: () => Promise<string>;
}
