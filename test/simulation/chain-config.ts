/** The configuration that a drawn chain's hub has, and its layers. */
import type { ChainSetting, ComponentSetting } from "./setting.js";

export const CONFIG_FILE = ".github/release-chain.yml";
/** A workflow run waits so long for a runner, or runs, in ms. */
export const QUEUE_TIMEOUT = 1_200_000;
export const RUN_TIMEOUT = 1_800_000;

/** As JSON, which is YAML too, and faster to read. */
export function configText(chain: ChainSetting): string {
  return JSON.stringify({
    version: 1,
    on: chain.startedBy === "tag" ? { create: { tags: ["v*"] } } : {},
    publish: {
      to: chain.publishTo === null ? {} : { repo: chain.publishTo, tag: "product-${tag}" },
      "tag-components": chain.tagComponents,
    },
    defaults: {
      "find-timeout": `${chain.find}ms`,
      "queue-timeout": `${QUEUE_TIMEOUT}ms`,
      timeout: `${RUN_TIMEOUT}ms`,
      "collect-timeout": `${chain.collect}ms`,
    },
    components: chain.components.map((component) => componentConfig(chain, component)),
    graph: { layers: chain.components.some(({ layered }) => layered) },
    schedule: { order: chain.order, "max-parallel": chain.maxParallel, "fail-fast": chain.failFast },
    concurrency: {
      group: chain.oneAtATime ? "${hub}" : "${hub} ${tag}",
      "cancel-in-progress": chain.cancelInProgress,
    },
    monitor: { "poll-interval": `${chain.poll}ms` },
    timeout: `${chain.timeout}ms`,
    notify: chain.issue ? [{ when: "failure", to: "issue" }] : [],
  });
}

function componentConfig({ components, backoff }: ChainSetting, component: ComponentSetting): Record<string, unknown> {
  const { id, repo, build, optional, trigger, onMoved, maxAttempts, mode } = component;
  const needs = component.layered ? [] : component.needs.map((need) => components[need]?.id);
  return {
    id,
    repo,
    build,
    needs,
    ...(build && {
      optional,
      trigger,
      "on-moved": onMoved,
      retry: { "max-attempts": maxAttempts, mode, backoff: { initial: `${backoff}ms`, max: `${backoff * 4}ms` } },
    }),
    ...(component.notInPrereleases && { when: { prerelease: false } }),
  };
}

export function layerConf({ components }: ChainSetting, { id, layered, needs }: ComponentSetting): string {
  const depends = layered ? needs.map((need) => components[need]?.id).join(" ") : "";
  return `BBFILE_COLLECTIONS += "${id}"\nLAYERDEPENDS_${id} = "${depends}"\n`;
}
