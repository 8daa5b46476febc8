/** Every placeholder there is, with what it stands for; which of them a key knows is in the schema. */
export const PLACEHOLDERS = {
  tag: "the tag that is released",
  version: "the tag without a leading `v` before a digit",
  prerelease: "`true` for a prerelease, else `false`",
  component: "the component's id",
  artifact: "the name of the artifact that a file comes from",
  file: "the base name of a file",
  path: "the path of a file inside its artifact",
  hub: "`owner/name` of the hub",
} as const;
export type Placeholder = keyof typeof PLACEHOLDERS;

const PLACEHOLDER = /\$\{([^{}]*)\}/g;

/**
 * Fills in `${name}` from `values`, in one pass: what a value brings in is never expanded again.
 * A placeholder that `values` does not hold stays as it is.
 */
export function expand(template: string, values: Readonly<Record<string, string>>): string {
  return template.replace(PLACEHOLDER, (whole, name: string) =>
    Object.hasOwn(values, name) ? (values[name] ?? whole) : whole,
  );
}

/** The names in `${…}`, in order, each as often as it is written. */
export function placeholdersIn(text: string): string[] {
  return Array.from(text.matchAll(PLACEHOLDER), ([, name]) => name ?? "");
}

/** The text with each well-formed placeholder replaced by the stand-in. */
export function withoutPlaceholders(text: string, standIn = ""): string {
  return text.replace(PLACEHOLDER, () => standIn);
}
