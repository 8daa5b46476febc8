/** Takes the credentials in use out of texts for people, by what they are and not by how they look. */
export interface Secrets {
  add(secret: string): void;
  scrub(text: string): string;
}

/** Tokens live an hour; more than this many installations in an hour would be a surprise. */
const KEPT = 1000;

export function createSecrets(): Secrets {
  const known = new Set<string>();
  return {
    add(secret) {
      known.delete(secret);
      known.add(secret);
      const [oldest] = known;
      if (known.size > KEPT && oldest !== undefined) known.delete(oldest);
    },
    scrub(text) {
      let clean = text;
      for (const secret of known) clean = clean.replaceAll(secret, "[redacted]");
      return clean;
    },
  };
}
