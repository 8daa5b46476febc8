/** Drafts, releases that are made of them, and tags, on a fake GitHub. */
import { Readable } from "node:stream";
import { GitHubError, type Download, type GitHub, type ReleaseInfo } from "../../src/coordinator/ports.js";
import type { FakeGitHub } from "./fake-github.js";
import { BOT, type FakeRelease } from "./fake-github-types.js";

type MadeReleaseCalls = Pick<
  GitHub,
  "release" | "releaseByTag" | "releases" | "createDraft" | "publishDraft" | "deleteRelease" | "createTag" | "deleteTag"
>;

/** All that is done to a release. */
export type ReleaseCalls = MadeReleaseCalls &
  Pick<GitHub, "updateReleaseBody" | "assets" | "uploadAsset" | "deleteAsset" | "downloadAsset">;

/** As both of the fakes' gates can be called. */
type AnyGate = <T>(name: keyof GitHub, effect: () => T) => Promise<T>;

/** `changed` is told of each release that is changed, and how. */
export function madeReleaseCalls(
  world: FakeGitHub,
  gate: AnyGate,
  changed: (release: FakeRelease, what: string) => void = () => undefined,
): MadeReleaseCalls {
  const published = (repo: string, tag: string): FakeRelease | undefined =>
    world.releases.find((each) => each.repo === repo && each.tag === tag && !each.draft);
  const known = (id: number): FakeRelease => {
    const release = world.release(id);
    if (release === null) throw new GitHubError("refused", 404, `release ${id}: Not Found`);
    return release;
  };
  const infoOf = (release: FakeRelease): ReleaseInfo => ({ ...release });
  return {
    release: (_, id) =>
      gate("release", () => {
        const found = world.release(id);
        return found === null ? null : infoOf(found);
      }),
    releaseByTag: (repo, tag) =>
      gate("releaseByTag", () => {
        const found = published(world.repository(repo).fullName, tag);
        return found === undefined ? null : infoOf(found);
      }),
    releases: (repo) =>
      gate("releases", () =>
        world.releases
          .filter((each) => each.repo === repo)
          .map(infoOf)
          .reverse(),
      ),
    createDraft: (repo, { tag, commit, body, prerelease }) =>
      gate("createDraft", () => {
        const own = { body, prerelease, draft: true, author: BOT, authorType: "Bot", commit: commit ?? "main" };
        const release = world.addRelease(repo, tag, own, "no tag");
        changed(release, "it is made, as a draft");
        return infoOf(release);
      }),
    publishDraft: (repo, id, prerelease) =>
      gate("publishDraft", () => {
        const release = known(id);
        if (release.draft && published(repo, release.tag) !== undefined)
          throw new GitHubError("refused", 422, `release ${id}: Validation Failed`, ["already_exists"]);
        const { tags, sha } = world.repository(repo);
        if (!tags.has(release.tag)) tags.set(release.tag, release.commit === "main" ? sha : release.commit);
        Object.assign(release, { draft: false, prerelease });
        changed(release, "it is published");
        return infoOf(release);
      }),
    deleteRelease: (_, id) =>
      gate("deleteRelease", () => {
        const release = known(id);
        changed(release, "it is deleted");
        world.releases.splice(world.releases.indexOf(release), 1);
      }),
    createTag: (repo, tag, sha) =>
      gate("createTag", () => {
        const { tags } = world.repository(repo);
        if (tags.has(tag)) throw new GitHubError("refused", 422, `${tag}: Reference already exists`);
        tags.set(tag, sha);
      }),
    deleteTag: (repo, tag) =>
      gate("deleteTag", () => {
        const { tags, fullName } = world.repository(repo);
        if (!tags.delete(tag)) throw new GitHubError("refused", 422, `${tag}: Reference does not exist`);
        const release = published(fullName, tag);
        if (release !== undefined) release.draft = true;
      }),
  };
}

export function downloadAsset(world: FakeGitHub, gate: AnyGate): GitHub["downloadAsset"] {
  return (_, id) =>
    gate("downloadAsset", () => {
      const asset = world.releases.flatMap(({ assets }) => assets).find((each) => each.id === id);
      if (asset === undefined) throw new GitHubError("refused", 404, `asset ${id}: Not Found`);
      return downloadOf(asset.bytes);
    });
}

export function downloadOf(bytes: Buffer): Download {
  return { body: Readable.from([bytes]), contentType: null, fileName: null, urlPath: "", size: bytes.length };
}
