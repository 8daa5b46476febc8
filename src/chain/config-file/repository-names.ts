const OWNER = /^[A-Za-z0-9][A-Za-z0-9_-]{0,38}$/;

/** What `name` and `owner/name` look like, for a JSON Schema. */
export const REPO_PATTERN = String.raw`^([A-Za-z0-9][A-Za-z0-9_-]{0,38}/)?(?!\.{1,2}$|.*\.([gG][iI][tT]|[wW][iI][kK][iI])$)[A-Za-z0-9._-]{1,100}$`;
const NAME = /^[A-Za-z0-9._-]{1,100}$/;
const ON_A_WEB_SITE = /^https?:\/\/[^/]+\/([^/]+\/[^/]+?)(?:\.git)?\/?$/;
const FULL_SHA = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/i;
const SCP_LIKE = /^[\w.-]+@[\w.-]+:[^\s:]+$/;
const GIT_PROTOCOLS = ["https:", "http:", "ssh:", "git:"];

/** A complaint about a value, with what it should perhaps have been. */
export interface Complaint {
  message: string;
  suggestion?: string | undefined;
}

/** Checks `name` and `owner/name`; null where nothing is wrong. */
export function complainAboutRepo(text: string): Complaint | null {
  const parts = text.split("/");
  const name = parts.pop() ?? "";
  const [owner] = parts;
  if (parts.length <= 1 && (owner === undefined || OWNER.test(owner)) && isRepoName(name)) return null;
  const suggestion = ON_A_WEB_SITE.exec(text)?.[1];
  return {
    message:
      `"${withoutCredentials(text)}" does not name a repository: write name, owner/name, ` +
      "or {url: …, ref: …} for one on another host",
    suggestion: suggestion !== undefined && complainAboutRepo(suggestion) === null ? suggestion : undefined,
  };
}

function isRepoName(name: string): boolean {
  return NAME.test(name) && name !== "." && name !== ".." && !/\.(?:git|wiki)$/i.test(name);
}

/** Checks the URL of a Git repository on any host; one with a password or token in it is refused and not repeated. */
export function complainAboutGitUrl(text: string): Complaint | null {
  if (SCP_LIKE.test(text)) return null;
  if (/\s/.test(text) || !URL.canParse(text)) {
    return { message: `"${withoutCredentials(text)}" is not the URL of a Git repository` };
  }
  const url = new URL(text);
  if (!GIT_PROTOCOLS.includes(url.protocol) || url.hostname === "" || url.pathname.replaceAll("/", "") === "") {
    return {
      message: `"${withoutCredentials(text)}" is not the URL of a Git repository: write https://host/path or ssh://host/path`,
    };
  }
  const hasSecret = url.password !== "" || (url.username !== "" && url.protocol !== "ssh:");
  return hasSecret
    ? { message: "the URL holds credentials: everybody who reads this file can use them, take them out" }
    : null;
}

/** Full means 40 (SHA-1) or 64 (SHA-256) hexadecimal digits. */
export function isFullSha(text: string): boolean {
  return FULL_SHA.test(text);
}

/** The repository's own name: what follows the last `/` (or `:`), without `.git`. */
export function repositoryName(repoOrUrl: string): string {
  const path = repoOrUrl.replace(/[?#].*$/, "").replace(/\/+$/, "");
  return (path.split(/[/:]/).at(-1) ?? "").replace(/\.git$/, "");
}

function withoutCredentials(text: string): string {
  const shown = text.replace(/\/\/[^/@]*@/, "//…@");
  return shown.length > 80 ? `${shown.slice(0, 79)}…` : shown;
}
