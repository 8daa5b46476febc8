/** How users of the sandbox describe repositories. */

export type FileContent = string | Buffer;

/** A file, a symbolic link by where it leads, or a submodule by its commit. */
export type GitFile = FileContent | { link: string } | { submodule: string };

export type RepositoryRole = "admin" | "maintain" | "write" | "triage" | "read";

export interface RepositoryOptions {
  /** `owner/name`; an unknown owner becomes an organisation. */
  fullName: string;
  private?: boolean;
  archived?: boolean;
  defaultBranch?: string;
  description?: string;
  /** Committed to the default branch. Without any, the repository gets a README. */
  files?: Record<string, GitFile>;
  /** Whether the app's installation covers it. Default true. */
  installed?: boolean;
  /** Roles of collaborators, by login; unknown logins become users. */
  permissions?: Record<string, RepositoryRole>;
  /** Releases become immutable when they are published. */
  immutableReleases?: boolean;
}
