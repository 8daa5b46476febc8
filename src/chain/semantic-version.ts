/** What a tag says of itself. */

/**
 * Whether a tag names a prerelease, as semantic versions do: numbers, with or without a `v`, then a hyphen and more, such as
 * `v1.2.0-rc.1`. What comes after a plus sign does not count (https://semver.org/#spec-item-9).
 */
export function isPrereleaseTag(tag: string): boolean {
  return /^v?\d+(?:\.\d+)*-[0-9A-Za-z]/.test(tag);
}
