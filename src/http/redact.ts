/** Takes secrets out of lines of JSON. */

const HIDDEN = "[redacted]";
/** Keys whose value is a secret whatever it looks like. */
const SECRET_KEY =
  /^(authorization|proxy-authorization|cookie|set-cookie|x-hub-signature(-256)?|private_?key|password)$/i;
/** `Bearer …` and `token …` as in a header, and user:password in a URL. Tokens of GitHub have no fixed form. */
const CREDENTIAL = /\b(bearer|token|basic)\s+[\w.~+/=-]{16,}/gi;
/** The signature in an address at which files are handed on (grants.ts). */
const HANDED_OFF = /([?&]handoff=)[\w.%~-]+/gi;
const USER_INFO = /\/\/[^/\s:@]*:[^/\s@]+@/g;
/** A quick look whether a line needs more than its secrets replaced. */
const SUSPICIOUS =
  /authorization|cookie|x-hub-signature|private_?key|password|bearer|token|basic|handoff=|\/\/[^/\s:@]*:[^/\s@]+@/i;
/** A key of several lines is also hidden line by line, from this length on. */
const SHORTEST_LINE = 32;

/** Makes a function that hides all of `secrets`, and credentials in the forms of HTTP headers and URLs, in a text. */
export function createTextRedactor(secrets: readonly string[]): (text: string) => string {
  const known = needlesOf(secrets);
  return (text) => hideText(text, known);
}

/** The longest first, so that no part of a secret is left where another is contained in it. */
function needlesOf(secrets: readonly string[]): string[] {
  const needles = new Set<string>();
  for (const secret of secrets) {
    if (secret !== "") needles.add(secret);
    for (const line of secret.split(/\r?\n|\\n/)) if (line.length >= SHORTEST_LINE) needles.add(line);
  }
  return [...needles].sort((a, b) => b.length - a.length);
}

function hideText(text: string, known: readonly string[]): string {
  let hidden = text;
  for (const secret of known) hidden = hidden.replaceAll(secret, HIDDEN);
  return hidden
    .replace(CREDENTIAL, `$1 ${HIDDEN}`)
    .replace(HANDED_OFF, `$1${HIDDEN}`)
    .replace(USER_INFO, `//${HIDDEN}@`);
}

/**
 * Makes a function that hides, in a line of JSON, all of `secrets`, the values of keys such as `authorization`, and
 * credentials in the forms of HTTP headers and URLs. The result is JSON again. A line without any is returned as it is.
 */
export function createRedactor(secrets: readonly string[]): (line: string) => string {
  const known = needlesOf(secrets);
  const escaped = known.map((secret) => JSON.stringify(secret).slice(1, -1));
  const hide = (text: string): string => hideText(text, known);

  return (line) => {
    if (!SUSPICIOUS.test(line) && !escaped.some((secret) => line.includes(secret))) return line;
    const value: unknown = JSON.parse(line);
    return `${JSON.stringify(hideWithin(value, hide))}\n`;
  };
}

function hideWithin(value: unknown, hide: (text: string) => string): unknown {
  if (typeof value === "string") return hide(value);
  if (Array.isArray(value)) return value.map((item) => hideWithin(item, hide));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, SECRET_KEY.test(key) ? HIDDEN : hideWithin(inner, hide)]),
  );
}
