/**
 * The schema of `.github/release-chain.yml` as it is written: kebab-case, before merging and conversion. Descriptions and
 * defaults stand here and nowhere else; the built-in defaults, the reference in docs/ and the JSON Schema are made from them.
 */
import { z } from "zod";
import { FAILURE_CLASSES } from "../config.js";
import {
  assetFileName,
  count,
  duration,
  eventType,
  fullSha,
  gitRef,
  gitUrl,
  glob,
  globs,
  hubPath,
  id,
  key,
  OF_COMPONENT,
  OF_FILE,
  OF_GROUP,
  OF_RELEASE,
  reference,
  repo,
  requiredKey,
  size,
  text,
  textOrNothing,
  workflowFile,
} from "./config-fields.js";

const flag = z.boolean();
const severity = z.enum(["error", "warn", "off"]);

const backoff = z.strictObject({
  initial: key(duration, "Wait before the second attempt.", "30s"),
  factor: key(z.number().min(1), "Each further wait is this much longer.", 2),
  max: key(duration, "The longest wait.", "15m"),
  jitter: key(z.enum(["full", "none"]), "`full`: a random wait between nothing and the computed one.", "full"),
});

const retry = z.strictObject({
  "max-attempts": key(count, "Attempts in all; 1 = never again.", 3),
  mode: key(
    z.enum(["failed-jobs", "all-jobs", "dispatch"]),
    "What a further attempt is: a rerun of the failed jobs, a rerun of all jobs, or a new dispatch.",
    "failed-jobs",
  ),
  backoff: key(backoff, "The wait between attempts."),
  on: key(z.array(z.enum(FAILURE_CLASSES)), "The failure classes that are worth another try.", [
    "transient",
    "build",
    "timeout",
    "cancelled",
    "not-started",
    "artifact",
  ]),
});

const limits = z.strictObject({
  entries: key(count, "Entries in one archive, at most.", 10_000),
  file: key(size, "One unpacked file, at most.", "20GiB"),
  total: key(size, "All unpacked files of an archive, at most.", "100GiB"),
  ratio: key(z.number().min(1), "Unpacked to packed size, at most.", 200),
});

const artifacts = z.strictObject({
  include: key(globs(OF_COMPONENT), "Globs over artifact names: those to collect.", ["*"]),
  files: key(globs(OF_COMPONENT), "Globs over the paths inside artifacts: those to keep.", ["**"]),
  exclude: key(globs(OF_COMPONENT), "Globs over artifact names and the paths inside: those to leave out.", []),
  required: key(flag, "No matching file is a failure.", true),
  attestation: key(
    z.enum(["required", "if-present", "off"]),
    "Whether GitHub's attestation of a file is checked.",
    "off",
  ),
  limits: key(limits, "What an archive may hold before it is refused."),
});

const when = z.strictObject({
  prerelease: key(flag, "Only for prereleases (`true`), or only for others (`false`)."),
  tag: key(glob(), "Only for tags that match this glob."),
});

const inputValue = z
  .union([textOrNothing(OF_COMPONENT), z.number(), z.boolean()])
  .meta({ title: "text, number or boolean", $comment: "${tag}, ${version}, ${prerelease}, ${component}" });

const settings = {
  build: key(flag, "`false`: the component is locked and ordered, not built.", true),
  trigger: key(
    z.enum(["repository_dispatch", "workflow_dispatch"]),
    "How its workflow is started. With `workflow_dispatch` GitHub returns the run id, and takes at most 25 inputs.",
    "repository_dispatch",
  ),
  "event-type": key(eventType, "The event type of the `repository_dispatch`.", "build-chain"),
  workflow: key(
    z.array(workflowFile).min(1),
    "Workflow files; the first that exists, is active and listens to the trigger is taken.",
    ["build.yml", "ci.yml"],
  ),
  ref: key(gitRef, "Branch, tag or SHA; locked to one SHA in the plan. Without it: the default branch."),
  source: key(
    z.enum(["auto", "locked", "head"]),
    "`locked`: the workflow checks out `client_payload.source.sha`. `head`: it builds the default branch as it is. " +
      "`auto`: locked if the workflow's text mentions `client_payload.source`, else head.",
    "auto",
  ),
  "on-moved": key(
    z.enum(["accept", "fail"]),
    "With source head, where the branch moved since the plan: lock the SHA that was built, or fail.",
    "accept",
  ),
  "find-timeout": key(duration, "From the dispatch until its workflow run is found.", "10m"),
  "queue-timeout": key(duration, "From there until it is in progress (runners, approvals).", "24h"),
  timeout: key(duration, "From there until it is completed.", "6h"),
  "collect-timeout": key(duration, "For collecting its artifacts.", "1h"),
  retry: key(retry, "What happens after a failed attempt."),
  artifacts: key(artifacts, "What is collected, and how it is checked."),
  needs: key(z.array(reference), "Ids of components that must succeed first; added to what the layers say.", []),
  optional: key(flag, "`true`: its failure does not fail the release; its dependents still cannot run.", false),
  when: key(when, "Leaves the component out of some releases; it then counts as a satisfied need.", {}),
  inputs: key(z.record(z.string(), inputValue), "Reach the workflow.", {}),
};

const templateName = text();

const templateSchema = z.strictObject(settings);

const defaultsSchema = z.strictObject({
  ...settings,
  extends: key(templateName, "The template of every component that names none itself."),
});

const otherHost = z.strictObject({
  url: requiredKey(gitUrl, "The repository's URL."),
  ref: requiredKey(fullSha, "The full SHA."),
});

export const componentSchema = z
  .strictObject({
    repo: key(
      z.union([repo, otherHost]).meta({ title: "name, owner/name or {url, ref}" }),
      "The repository. The owner defaults to the hub's. On another host: its URL and a full SHA, and `build: false`. Required, unless `url` is given.",
    ),
    url: key(gitUrl, "Instead of `repo`: the URL of a repository on another host; `ref` is then a full SHA."),
    id: key(id, "The component's name in this chain. Without it: the repository's name."),
    extends: key(templateName, "The template whose values are taken where the component gives none."),
    ...settings,
  })
  .meta({ anyOf: [{ required: ["repo"] }, { required: ["url"] }] });

const on = z.strictObject({
  release: key(
    z.strictObject({
      types: key(
        z.array(z.enum(["published", "released", "prereleased"])).min(1),
        "What must happen to a release to start a chain.",
        ["published"],
      ),
      tags: key(globs(), "Globs over the tag, one of which must match.", ["*"]),
    }),
    "Releases that start a chain.",
  ),
  create: key(
    z.strictObject({
      tags: key(globs(), "A pushed tag that matches starts a chain, which then makes the release itself.", []),
    }),
    "Tags that start a chain.",
  ),
});

const graph = z.strictObject({
  layers: key(flag, "Adds edges from `conf/layer.conf`.", true),
  kinds: key(
    z.array(z.enum(["depends", "conditional", "recommends", "dynamic"])),
    "Which edges: `recommends` is LAYERRECOMMENDS, `dynamic` is BBFILES_DYNAMIC.",
    ["depends", "conditional"],
  ),
  series: key(severity, "LAYERSERIES_COMPAT against the core's series.", "error"),
  unresolved: key(severity, "A needed collection that nobody provides.", "warn"),
  ambiguous: key(z.enum(["error", "warn"]), "A needed collection with several providers; `warn`: no edge.", "error"),
  providers: key(z.record(z.string(), reference), "Decides which component provides a collection.", {}),
  external: key(z.array(text()), "Collections that come from elsewhere.", []),
  ignore: key(
    z.array(
      z.strictObject({
        from: requiredKey(reference, "The component that needs."),
        to: requiredKey(reference, "The component that is needed."),
      }),
    ),
    "Edges to leave out, to break a cycle.",
    [],
  ),
});

const TEMPLATE = "A Markdown file in the hub, with placeholders for the parts of the section.";

const publish = z.strictObject({
  to: key(
    z.strictObject({
      repo: key(repo, "The repository, if not the hub."),
      tag: key(text(OF_RELEASE), "The tag, if not the released one."),
    }),
    "Another release than the one that started the chain.",
    {},
  ),
  draft: key(flag, "`true`: what we made stays a draft, for a person to publish.", false),
  include: key(globs(OF_RELEASE), "Of the collected files, those to publish: globs over component/artifact/path.", [
    "**",
  ]),
  exclude: key(globs(OF_RELEASE), "Those to leave out again.", []),
  "asset-name": key(
    text(OF_FILE),
    "The asset's name. Where two would be equal: `${component}-${file}`; still equal: refused.",
    "${file}",
  ),
  "large-files": key(
    z.enum(["refuse", "split"]),
    "Files of 2 GiB and more; `split`: in parts of 2 GB, which `cat` joins.",
    "refuse",
  ),
  "too-many": key(
    z.enum(["refuse", "bundle"]),
    "More files than a release holds, 1,000 with release-chain's own; `bundle`: one archive a component.",
    "refuse",
  ),
  checksums: key(assetFileName, "The name of the checksum file.", "SHA256SUMS"),
  sign: key(flag, "`true`: SHA256SUMS.asc with the server's OpenPGP key.", false),
  provenance: key(flag, "Publishes a provenance statement.", true),
  notes: key(
    z
      .union([flag, z.strictObject({ template: requiredKey(hubPath, TEMPLATE) })])
      .meta({ title: "boolean or {template}" }),
    "A section in the release's body, between markers; or from the hub's own template.",
    true,
  ),
  "tag-components": key(flag, "`true`: tags each component's repository at its locked SHA after success.", false),
});

export const configSchema = z.strictObject({
  version: requiredKey(z.literal(1), "The version of this format."),
  on: key(on, "What starts a chain."),
  defaults: key(defaultsSchema, "Values for all components: any component key except `id` and `repo`."),
  templates: key(
    z.record(z.string(), templateSchema),
    "Named values for components that extend them: defaults, then template, then component, merged deeply, lists replaced.",
  ),
  components: requiredKey(z.array(componentSchema).min(1), "What is built, and what is only locked."),
  graph: key(graph, "What is read from the layers."),
  schedule: key(
    z.strictObject({
      order: key(
        z.enum(["eager", "groups"]),
        "`eager`: a component goes as soon as its own needs are met. `groups`: a barrier after each group.",
        "eager",
      ),
      "max-parallel": key(count, "Components built at the same time, at most.", 8),
      "fail-fast": key(flag, "`true`: the rest is cancelled at the first final failure.", false),
    }),
    "In which order, and how many at a time.",
  ),
  concurrency: key(
    z.strictObject({
      group: key(text(OF_GROUP), "Release runs of one group go one after another.", "${hub}"),
      "cancel-in-progress": key(flag, "`true`: a newer release run cancels the older.", false),
    }),
    "Release runs side by side, as in workflow files.",
  ),
  timeout: key(duration, "For the whole release run.", "2d"),
  monitor: key(
    z.strictObject({ "poll-interval": key(duration, "How often GitHub is asked where no webhook came.", "60s") }),
    "The fallback; webhooks are the fast path.",
  ),
  publish: key(publish, "What is published, and how."),
  retention: key(
    z.strictObject({
      keep: key(z.int().min(0), "The newest release runs of the hub, whose files are kept whatever their age.", 10),
      "max-age": key(duration, "The files of others are kept so long after the release run ended.", "365d"),
      "keep-published": key(flag, "Files of release runs that succeeded are kept for good.", true),
    }),
    "How long the server keeps the files of release runs; the history of the runs stays. The newest plan of a hub decides for all its runs.",
  ),
  notify: key(
    z.array(
      z.strictObject({
        when: requiredKey(z.enum(["failure", "change", "always"]), "After which release runs."),
        to: requiredKey(text(), "A target named on the server, or `issue`."),
      }),
    ),
    "Who is told.",
    [],
  ),
});

export type WrittenConfig = z.infer<typeof configSchema>;
export type WrittenComponent = z.infer<typeof componentSchema>;
export type WrittenTemplate = z.infer<typeof templateSchema>;
