/**
 * Which release GitHub calls the latest: the one that was made so, or, with `legacy`, the newest by semantic version and
 * date (https://docs.github.com/en/rest/releases/releases#create-a-release, `make_latest`).
 */
import { validationFailed } from "./http.js";
import type { Release, Repository, World } from "./world.js";

export const MAKE_LATEST = ["true", "false", "legacy"] as const;
export type MakeLatest = (typeof MAKE_LATEST)[number];

/** Throws ApiError 422 for a draft or prerelease that is to be the latest. */
export function checkLatest(release: Pick<Release, "draft" | "prerelease">, latest: MakeLatest | undefined): void {
  if (latest !== "true" || !(release.draft || release.prerelease)) return;
  const message = "make_latest cannot be true for drafts and prereleases";
  throw validationFailed({ resource: "Release", code: "custom", field: "make_latest", message });
}

/** What `make_latest` does to the releases of a repository. */
export function makeLatest(world: World, release: Release, latest: MakeLatest): void {
  const { repository } = release;
  const known = latestRelease(world, repository, release);
  if (latest === "true") repository.latest = release.id;
  else if (latest === "false") repository.latest = known?.id ?? null;
  else repository.latest = known !== undefined && !isNewer(release, known) ? known.id : release.id;
}

/** `besides`: that one does not count. */
export function latestRelease(world: World, repository: Repository, besides?: Release): Release | undefined {
  const published = [...world.releases.values()].filter(
    (release) => release.repository === repository && !release.draft && !release.prerelease && release !== besides,
  );
  const chosen = published.find(({ id }) => id === repository.latest);
  return chosen ?? published.toSorted((a, b) => (isNewer(a, b) ? -1 : 1))[0];
}

function isNewer(release: Release, other: Release): boolean {
  const [mine, its] = [numbersOf(release.tag), numbersOf(other.tag)];
  for (const [index, number] of (mine ?? []).entries()) {
    const difference = number - (its?.[index] ?? number);
    if (difference !== 0) return difference > 0;
  }
  return release.createdAt >= other.createdAt && release.id > other.id;
}

function numbersOf(tag: string): number[] | null {
  return /^v?\d+\.\d+\.\d+$/.test(tag) ? tag.replace(/^v/, "").split(".").map(Number) : null;
}
