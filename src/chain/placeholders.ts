/** `${…}` in values of the configuration. */

const PLACEHOLDER = /\$\{([^}]*)\}/g;

/** Puts `values` in place of `${name}`; what is not among them stays as it is. */
export function expand(template: string, values: Record<string, string>): string {
  return template.replace(PLACEHOLDER, (whole, name: string) => values[name] ?? whole);
}

/** The names that `text` has in `${…}`, in order, with repetitions. */
export function placeholdersIn(text: string): string[] {
  return [...text.matchAll(PLACEHOLDER)].map((match) => match[1] ?? "");
}
