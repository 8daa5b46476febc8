/** The targets of notices, from the setting NOTICE_TARGETS. */
import { parseDocument } from "yaml";
import { z } from "zod";
import { ISSUE_TARGET } from "../chain/notices.js";

interface CommonTarget {
  name: string;
  /** Globs of the hubs that may name it; null: any. */
  hubs: string[] | null;
  /** It may be on this machine or its network, and without TLS. */
  allowPrivate: boolean;
}

export type NoticeTarget = CommonTarget &
  (
    | { kind: "slack"; url: string }
    | { kind: "email"; smtp: string; from: string; to: string[] }
    /** Several secrets while one takes the place of another: each signs. */
    | { kind: "webhook"; url: string; secrets: string[] }
  );

export interface NoticeTargets {
  targets: NoticeTarget[];
  /** Values that must never be seen. */
  secrets: string[];
  /** Sentences that quote no value. */
  problems: string[];
}

const SETTING = "NOTICE_TARGETS";
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
const HUB = /^[\w.*?{}[\],!-]+\/[\w.*?{}[\],!-]+$/;
/** `ada@example.com`, `Release chain <chain@example.com>` */
const MAILBOX = /^(?:[^\s@<>,;"]+@[^\s@<>,;"]+|[^\p{Cc}<>,;"]+ <[^\s@<>,;"]+@[^\s@<>,;"]+>)$/u;
const MAIL_WORDS = "must be an address such as ada@example.com, or `Release chain <chain@example.com>`";

const common = {
  hubs: z.array(z.string().regex(HUB, "must be owner/repo, with * and ? if need be")).min(1).optional(),
  "allow-private": z.boolean().optional(),
};
const mailbox = z.string().regex(MAILBOX, MAIL_WORDS);
const webAddress = z.string().refine(isWebAddress, "must be an https address without user, password and fragment");
const signingSecret = z
  .string()
  .refine(isSigningSecret, "must be `whsec_` and 24 to 64 bytes in base64: `echo whsec_$(openssl rand -base64 32)`");

const slackSchema = z.strictObject({ kind: z.literal("slack"), url: webAddress, ...common });
const emailSchema = z.strictObject({
  kind: z.literal("email"),
  smtp: z
    .string()
    .refine(isMailServer, "must be smtp://[user:password@]host[:port], or smtps://… for TLS from the start"),
  from: mailbox,
  to: z.union([mailbox.transform((one) => [one]), z.array(mailbox).min(1)], {
    error: `${MAIL_WORDS}, or a list of them`,
  }),
  ...common,
});
const webhookSchema = z.strictObject({
  kind: z.literal("webhook"),
  url: webAddress,
  secret: z.union([signingSecret.transform((one) => [one]), z.array(signingSecret).min(1)], {
    error: "must be `whsec_…`, 24 to 64 bytes in base64, or a list of those",
  }),
  ...common,
});
const targetSchema = z.discriminatedUnion("kind", [slackSchema, emailSchema, webhookSchema], {
  error: "kind must be slack, email or webhook",
});

/**
 * Reads the setting: YAML or JSON, as text, or the path of a file with it, which `readFile` gives (it throws if it cannot).
 * `${NAME}` in a value is taken from `env`. All problems at once.
 */
export function readNoticeTargets(
  setting: string,
  env: Readonly<Record<string, string | undefined>>,
  readFile: (path: string) => string,
): NoticeTargets {
  const nothing = { targets: [], secrets: [] };
  const text = isText(setting) ? setting : readPath(setting, readFile);
  if (text === null)
    return { ...nothing, problems: [`${SETTING} is neither YAML nor the path of a file that can be read.`] };
  const document = parseDocument(text, { logLevel: "silent" });
  const [error] = document.errors;
  if (error !== undefined) {
    const line = error.linePos?.[0].line ?? 1;
    return { ...nothing, problems: [`${SETTING}, line ${line}: is no YAML (${error.code}).`] };
  }
  const root: unknown = document.toJS({ maxAliasCount: 100 });
  if (!isMapping(root) || Object.keys(root).length === 0)
    return { ...nothing, problems: [`${SETTING} must name targets: \`slack: {kind: slack, url: "\${SLACK_URL}"}\`.`] };
  const all = Object.entries(root).map(([name, value]) => readTarget(name, value, env));
  return {
    targets: all.flatMap(({ target }) => target ?? []),
    secrets: [...new Set(all.flatMap(({ secrets }) => secrets))].filter((secret) => secret !== ""),
    problems: all.flatMap(({ problems }) => problems),
  };
}

interface ReadTarget {
  target: NoticeTarget | null;
  secrets: string[];
  problems: string[];
}

function readTarget(name: string, value: unknown, env: Readonly<Record<string, string | undefined>>): ReadTarget {
  const problems: string[] = [];
  const complain = (path: string, message: string) =>
    void problems.push(`${SETTING}, ${[name, path].filter((part) => part !== "").join(".")}: ${message}.`);
  if (!NAME.test(name))
    complain("", "the name of a target has letters, digits, dots, dashes and underscores, at most 64");
  if (name === ISSUE_TARGET) complain("", "`issue` means an issue in the hub; give the target another name");
  const filled: string[] = [];
  const expanded = expand(value, (variable) => {
    const found = env[variable] ?? "";
    if (found === "") complain("", `the environment variable ${variable} is not set`);
    else filled.push(found);
    return found;
  });
  const parsed = targetSchema.safeParse(expanded);
  if (!parsed.success) {
    // Where a variable is missing, what is wrong with the value is no news.
    if (problems.length === 0) for (const { path, message } of parsed.error.issues) complain(path.join("."), message);
    return { target: null, secrets: [...filled, ...textsIn(expanded)], problems };
  }
  const { hubs, "allow-private": allowPrivate = false, ...rest } = parsed.data;
  const given = { name, hubs: hubs ?? null, allowPrivate };
  if (rest.kind === "webhook") {
    const { secret, ...more } = rest;
    if (insecure(rest.url, allowPrivate))
      complain("url", "must be https; http is for targets with allow-private: true");
    return {
      target: { ...given, ...more, secrets: secret },
      secrets: [...filled, ...secret, ...queryOf(rest.url)],
      problems,
    };
  }
  if (rest.kind === "slack") {
    if (insecure(rest.url, allowPrivate))
      complain("url", "must be https; http is for targets with allow-private: true");
    return { target: { ...given, ...rest }, secrets: [...filled, rest.url, new URL(rest.url).pathname], problems };
  }
  return { target: { ...given, ...rest }, secrets: [...filled, ...passwordsOf(rest.smtp)], problems };
}

/** A path has neither a line break nor what YAML puts between key and value. */
function isText(setting: string): boolean {
  return /[\n{]|:\s/.test(setting);
}

function readPath(path: string, readFile: (path: string) => string): string | null {
  try {
    return readFile(path);
  } catch {
    return null; // why it cannot be read is no secret, but what is no path may be one
  }
}

function expand(value: unknown, lookUp: (name: string) => string): unknown {
  if (typeof value === "string") return value.replace(/\$\{([A-Za-z_]\w*)\}/g, (_, name: string) => lookUp(name));
  if (Array.isArray(value)) return value.map((item: unknown) => expand(item, lookUp));
  if (!isMapping(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, expand(inner, lookUp)]));
}

/** What is not understood may be a secret. */
function textsIn(value: unknown): string[] {
  if (typeof value === "string") return value.length >= 16 ? [value] : [];
  if (Array.isArray(value)) return value.flatMap(textsIn);
  return isMapping(value) ? Object.values(value).flatMap(textsIn) : [];
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isWebAddress(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password, hash } = new URL(text);
  return ["http:", "https:"].includes(protocol) && username + password + hash === "";
}

function insecure(url: string, allowPrivate: boolean): boolean {
  return !allowPrivate && new URL(url).protocol !== "https:";
}

/** Standard Webhooks: 24 to 64 bytes. */
function isSigningSecret(text: string): boolean {
  const [, encoded = ""] = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(text) ?? [];
  const { length } = Buffer.from(encoded, "base64");
  return encoded.length % 4 === 0 && length >= 24 && length <= 64;
}

function isMailServer(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, search, hash } = new URL(text);
  return ["smtp:", "smtps:"].includes(protocol) && hostname !== "" && search + hash === "";
}

function queryOf(url: string): string[] {
  const { search } = new URL(url);
  return search.length > 1 ? [search.slice(1)] : [];
}

/** In both spellings. */
function passwordsOf(smtp: string): string[] {
  const { password } = new URL(smtp);
  return password === "" ? [] : [password, decoded(password)];
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // a lone % is no escape
  }
}
