/** The leaves of the configuration schema: texts, durations, sizes, globs, names, each with its own check. */
import { z } from "zod";
import { complainAboutDuration, DURATION_PATTERN } from "./durations.js";
import { complainAboutGlob, escapeGlob } from "../globs.js";
import { nearestKey } from "./nearest-key.js";
import { expand, type Placeholder, PLACEHOLDERS, placeholdersIn, withoutPlaceholders } from "../placeholders.js";
import { complainAboutGitUrl, complainAboutRepo, type Complaint, isFullSha, REPO_PATTERN } from "./repository-names.js";
import { complainAboutSize, SIZE_PATTERN } from "./sizes.js";

export type FieldDefault = string | number | boolean | readonly unknown[] | Readonly<Record<string, never>>;

/** An optional key with its meaning for people and, where it has one, its built-in default. */
export function key<T extends z.ZodType>(type: T, description: string, fallback?: FieldDefault): z.ZodOptional<T> {
  return type.optional().meta(fallback === undefined ? { description } : { description, default: fallback });
}

/** A key that must be there. */
export function requiredKey<T extends z.ZodType>(type: T, description: string): T {
  return type.meta({ description });
}

type Check = (value: string) => Complaint | string | null;

function checkedText(title: string, knows: readonly Placeholder[], check: Check = () => null): z.ZodString {
  return checkedString(knows, (value) => (value === "" ? "must not be empty" : check(value))).meta({
    title,
    minLength: 1,
    ...forEditors(knows),
  });
}

/** What a JSON Schema can say of placeholders: nothing else than those that are known begins with `${`. */
function forEditors(knows: readonly Placeholder[]): { pattern: string; $comment?: string } {
  const known = knows.length === 0 ? "" : String.raw`|\$\{(${knows.join("|")})\}`;
  const pattern = String.raw`^([^$]|\$(?!\{)${known})*$`;
  return knows.length === 0 ? { pattern } : { pattern, $comment: knows.map(written).join(", ") };
}

function checkedString(knows: readonly Placeholder[], check: Check): z.ZodString {
  return z.string().superRefine((value, context) => {
    const found = complainAboutPlaceholders(value, knows) ?? check(value);
    if (found === null) return;
    const { message, suggestion } = typeof found === "string" ? { message: found } : found;
    context.addIssue({ code: "custom", message, params: { suggestion } });
  });
}

function written(placeholder: string): string {
  return `\${${placeholder}}`;
}

function complainAboutPlaceholders(value: string, knows: readonly Placeholder[]): Complaint | null {
  const unknown = placeholdersIn(value).find((name) => !knows.some((known) => known === name));
  if (unknown === undefined) {
    const isOpen = withoutPlaceholders(value).includes("${");
    return isOpen
      ? { message: 'a "${" that is no placeholder (GitHub\'s ${{ … }} has no meaning here): write ${name}' }
      : null;
  }
  if (knows.length === 0) {
    return { message: `${written(unknown)} is not filled in here: this key knows no placeholders` };
  }
  const near = nearestKey(unknown, knows);
  const known = knows.map(written).join(", ");
  const what = Object.hasOwn(PLACEHOLDERS, unknown)
    ? `${written(unknown)} has no value here`
    : `unknown placeholder ${written(unknown)}`;
  return { message: `${what}; known here: ${known}`, suggestion: near === null ? undefined : written(near) };
}

/** Filled in once for the release run. */
export const OF_RELEASE = ["tag", "version", "prerelease"] as const satisfies Placeholder[];
/** Filled in for each component. */
export const OF_COMPONENT = [...OF_RELEASE, "component"] as const satisfies Placeholder[];
/** Filled in for each file. */
export const OF_FILE = [...OF_COMPONENT, "artifact", "file", "path"] as const satisfies Placeholder[];
/** Filled in for the queue of release runs. */
export const OF_GROUP = ["hub", ...OF_RELEASE] as const satisfies Placeholder[];

export function text(knows: readonly Placeholder[] = []): z.ZodString {
  return checkedText("text", knows);
}

export function textOrNothing(knows: readonly Placeholder[]): z.ZodString {
  return checkedString(knows, () => null).meta({ title: "text", ...forEditors(knows) });
}

export function glob(knows: readonly Placeholder[] = []): z.ZodString {
  const filledIn = Object.fromEntries(knows.map((name) => [name, escapeGlob(name)]));
  return checkedText("glob", knows, (value) => complainAboutGlob(expand(value, filledIn)));
}

export function globs(knows: readonly Placeholder[] = []): z.ZodArray<z.ZodString> {
  return z.array(glob(knows));
}

export const duration = checkedText("duration", [], complainAboutDuration).meta({
  pattern: DURATION_PATTERN,
  examples: ["30s", "10m", "6h", "2d"],
});

export const size = z
  .union([
    z.number().superRefine(refuse(complainAboutSize)).meta({ minimum: 0.5 }),
    z.string().superRefine(refuse(complainAboutSize)).meta({ pattern: SIZE_PATTERN }),
  ])
  .meta({ title: "size", examples: ["500MB", "2GiB"] });

function refuse<T>(check: (value: T) => string | null): (value: T, context: z.core.$RefinementCtx) => void {
  return (value, context) => {
    const message = check(value);
    if (message !== null) context.addIssue({ code: "custom", message });
  };
}

/** At least 1. */
export const count = z.int().min(1);

const NAME_PATTERN = String.raw`^(?!\.+$)[A-Za-z0-9._-]{1,100}$`;

/** Ids stand in asset names and URLs, so they keep to the characters that GitHub leaves alone there. */
export function complainAboutId(value: string): Complaint | null {
  if (new RegExp(NAME_PATTERN).test(value)) return null;
  const mended = value.replace(/[^A-Za-z0-9._-]+/g, "-").slice(0, 100);
  return {
    message: `"${value}" cannot be an id: it stands in file names and URLs, so only A-Z a-z 0-9 . _ - are allowed (at most 100)`,
    suggestion: /[A-Za-z0-9]/.test(mended) ? mended : undefined,
  };
}

export const id = checkedText("id", [], complainAboutId).meta({ pattern: NAME_PATTERN });

export const reference = checkedText("component id", []);

export const repo = checkedText("repository", [], complainAboutRepo).meta({
  pattern: REPO_PATTERN,
  examples: ["meta-acme-bsp", "openembedded/meta-openembedded"],
});

export const gitUrl = checkedText("URL", [], complainAboutGitUrl).meta({
  pattern: String.raw`^[^\s:]+:\S+$`,
  examples: ["https://git.example.org/core.git"],
});

export const fullSha = checkedText("SHA", [], (value) =>
  isFullSha(value)
    ? null
    : `"${value}" is not a full SHA: 40 or 64 hexadecimal digits are needed for a repository on another host`,
).meta({ pattern: "^([0-9a-fA-F]{40}|[0-9a-fA-F]{64})$" });

/** The rules of `git check-ref-format`, as far as a person is likely to break them. */
const NO_REF = String.raw`[\u0000-\u0020\u007f-\u009f~^:?*[\\]|\.\.|@\{|^/|/$|//|\.lock$|\.$|^-|^@$`;

export const gitRef = checkedText("branch, tag or SHA", OF_COMPONENT, (value) =>
  new RegExp(NO_REF).test(withoutPlaceholders(value, "x")) ? `"${value}" cannot be the name of a branch or tag` : null,
).meta({ not: { pattern: NO_REF }, examples: ["main", "scarthgap", "v1.2.0"] });

/** GitHub: `event_type` has 1 to 100 characters. */
export const eventType = checkedText("text", OF_COMPONENT, (value) =>
  value.length <= 100 ? null : `an event type has at most 100 characters, this one has ${value.length}`,
).meta({ maxLength: 100 });

const WORKFLOW_FOLDER = ".github/workflows/";
const WORKFLOW_NAME = String.raw`[^/\\]+\.ya?ml$`;

export const workflowFile = checkedText("file name", OF_COMPONENT, (value) => {
  const name = workflowFileName(withoutPlaceholders(value, "x"));
  if (new RegExp(`^${WORKFLOW_NAME}`).test(name)) return null;
  return {
    message: `"${value}" is not a workflow file: write the name of a .yml or .yaml file in ${WORKFLOW_FOLDER}`,
    suggestion: /^[\w-]+$/.test(value) ? `${name}.yml` : undefined,
  };
}).meta({
  allOf: [{ pattern: String.raw`^(\.github/workflows/)?${WORKFLOW_NAME}` }],
  examples: ["build.yml"],
});

/** `build.yml` for both `build.yml` and `.github/workflows/build.yml`. */
export function workflowFileName(value: string): string {
  return value.startsWith(WORKFLOW_FOLDER) ? value.slice(WORKFLOW_FOLDER.length) : value;
}

/** GitHub changes other characters in an asset's name to dots. */
export const assetFileName = checkedText("file name", OF_RELEASE, (value) =>
  /^[A-Za-z0-9._-]+$/.test(withoutPlaceholders(value, "x"))
    ? null
    : `"${value}" cannot be the name of an asset: only A-Z a-z 0-9 . _ - are allowed`,
).meta({ pattern: String.raw`^([A-Za-z0-9._-]|\$\{(${OF_RELEASE.join("|")})\})+$` });

const NO_PATH = String.raw`^/|/$|//|\\|^\.{1,2}(/|$)|/\.{1,2}(/|$)`;

/** A file of the hub. */
export const hubPath = checkedText("path", OF_RELEASE, (value) =>
  new RegExp(NO_PATH).test(withoutPlaceholders(value, "x"))
    ? `"${value}" is not the path of a file in the hub: write it from the root of the repository, such as .github/release-notes.md`
    : null,
).meta({ not: { pattern: NO_PATH }, examples: [".github/release-notes.md"] });
