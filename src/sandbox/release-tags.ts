/** Tags as releases and the refs API set and delete them. */
import { ApiError, validationFailed } from "./http.js";
import { repositoryEnvelope } from "./webhooks.js";
import type { Account, Repository, World } from "./world.js";

/** Sets a tag; a new one is announced as GitHub announces a pushed tag. */
export function setTag(world: World, repository: Repository, tag: string, sha: string, sender: Account): void {
  const known = repository.tags.has(tag);
  repository.tags.set(tag, sha);
  if (known) return;
  world.emit({
    event: "create",
    action: null,
    repository,
    payload: {
      ref: tag,
      ref_type: "tag",
      master_branch: repository.defaultBranch,
      description: repository.description,
      pusher_type: "user",
      ...repositoryEnvelope(world, repository, sender),
    },
  });
  world.changed();
}

/**
 * A published release without its tag becomes a draft. The tag of an immutable one cannot be deleted; its words are made
 * up, as GitHub documents only that it is refused
 * (https://docs.github.com/en/code-security/supply-chain-security/understanding-your-software-supply-chain/immutable-releases).
 */
export function deleteTag(world: World, repository: Repository, tag: string): void {
  const released = [...world.releases.values()].filter(
    (release) => release.repository === repository && !release.draft && release.tag === tag,
  );
  if (released.some(({ immutable }) => immutable))
    throw new ApiError(422, "Cannot delete a tag that belongs to an immutable release.");
  repository.tags.delete(tag);
  for (const release of released) Object.assign(release, { draft: true, publishedAt: null });
  world.changed();
}

/** Throws ApiError 422 for a tag that belonged to an immutable release, also where that was deleted. */
export function checkNotBurned(repository: Repository, tag: string, resource: string): void {
  if (!repository.burnedTags.has(tag)) return;
  const message = "tag_name was used by an immutable release";
  throw validationFailed({ resource, code: "custom", field: "tag_name", message });
}
