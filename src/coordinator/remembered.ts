/** Answers that stay as they are, kept for who asks again. */

export interface Remembered {
  /** What `ask` gives, or gave for this name before. Whoever asks meanwhile shares the answer; only one that is final is kept. */
  of<Answer>(name: string, ask: () => Promise<Answer>, isFinal: (answer: Answer) => boolean): Promise<Answer>;
}

/** `most`: answers that are kept; the one that was asked for longest ago goes first. */
export function createRemembered(most: number): Remembered {
  const kept = new Map<string, Promise<unknown>>();
  return {
    async of(name, ask, isFinal) {
      const asked = (kept.get(name) as ReturnType<typeof ask> | undefined) ?? ask();
      kept.delete(name);
      kept.set(name, asked);
      const [oldest] = kept.keys();
      if (kept.size > most && oldest !== undefined) kept.delete(oldest);
      let keep = false;
      try {
        const answer = await asked;
        keep = isFinal(answer);
        return answer;
      } finally {
        if (!keep && kept.get(name) === asked) kept.delete(name);
      }
    },
  };
}
