/**
 * `.github/workflows/x.yml`, which GitHub also spells with `@ref` behind and with `owner/repo/` in front. What is not a
 * file of that folder (`dynamic/…`) is only rid of its `@ref`.
 */
export function normaliseWorkflowPath(path: string): string {
  const file = /(?:^|\/)(\.github\/workflows\/.+?\.ya?ml)(?:@.*)?$/.exec(path)?.[1];
  return file ?? path.replace(/@.*$/, "");
}
