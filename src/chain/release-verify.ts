/** How to check the files of a release, and to join those that are published in parts. Markdown. */
import { githubAssetName, PROVENANCE_FILE_NAME } from "./asset-names.js";
import { compare } from "./graph.js";
import { code } from "./markdown.js";
import { targetOf, type ReleasePlan } from "./plan.js";
import type { AssetPart, PlannedAsset } from "./run.js";

/** The shortest way: what every release has. */
export function checksumsPart({ publish: { checksums } }: ReleasePlan): string[] {
  return [
    "### Verify",
    "",
    `Download the files and ${code(checksums)} into one folder and run there (with \`--ignore-missing\` if you took only some):`,
    ...shell(`sha256sum -c ${shellWord(checksums)}`),
  ];
}

/**
 * All ways there are: checksums, the signature over them by the key with the fingerprint `signedBy` (null: not known), the
 * provenance, and the commands that join files in parts.
 */
export function verifyPart(plan: ReleasePlan, assets: readonly PlannedAsset[], signedBy: string | null): string[] {
  const { repo, tag } = targetOf(plan);
  const provenance = assets.some(({ name }) => name === PROVENANCE_FILE_NAME)
    ? `${code(PROVENANCE_FILE_NAME)} names the commits and workflow runs that the files come from. `
    : "";
  return [
    ...checksumsPart(plan),
    ...signatureLines(plan, assets, signedBy),
    "",
    `${provenance}All at once, with the files downloaded for it:`,
    ...shell(`release-chain verify ${shellWord(`${repo}@${tag}`)}`),
    ...joinLines(assets),
  ];
}

function signatureLines(
  { publish: { checksums } }: ReleasePlan,
  assets: readonly PlannedAsset[],
  signedBy: string | null,
): string[] {
  const signature = `${checksums}.asc`;
  if (!assets.some(({ name }) => name === signature)) return [];
  const key = signedBy === null ? "" : `, by the key ${code(signedBy)}`;
  return [
    "",
    `${code(signature)} is the OpenPGP signature of ${code(checksums)}${key}:`,
    ...shell(`gpg --verify ${shellWord(signature)} ${shellWord(checksums)}`),
  ];
}

function joinLines(assets: readonly PlannedAsset[]): string[] {
  const wholes = new Map<string, { name: string; part: AssetPart }[]>();
  for (const { name, part } of assets) {
    if (part !== undefined) wholes.set(part.of, [...(wholes.get(part.of) ?? []), { name, part }]);
  }
  const commands = [...wholes]
    .sort(([a], [b]) => compare(a, b))
    .flatMap(([whole, parts]) => {
      const inOrder = parts.toSorted((a, b) => a.part.number - b.part.number);
      const target = fileWord(whole);
      const sha256 = inOrder[0]?.part.sha256 ?? "";
      return [
        `cat ${inOrder.map(({ name }) => fileWord(name)).join(" ")} > ${target}`,
        `echo "${sha256}  ${target}" | sha256sum -c`,
      ];
    });
  if (commands.length === 0) return [];
  const count = wholes.size === 1 ? "One file is" : `${wholes.size} files are`;
  return ["", `${count} larger than GitHub takes, and published in parts. Checked, join them:`, ...shell(...commands)];
}

function shell(...commands: string[]): string[] {
  return ["", "```sh", ...commands, "```"];
}

/** Names of assets are as GitHub leaves them alone; made so again, they mean nothing to a shell. */
function fileWord(name: string): string {
  const word = githubAssetName(name);
  return word.startsWith("-") ? `./${word}` : word;
}

function shellWord(text: string): string {
  return /^[\w./@+-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
