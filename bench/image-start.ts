/** How the container image starts the server, as its Dockerfile says: what is measured is what people run. */

export interface ImageStart {
  /** Of node. */
  flags: string[];
  /** Environment of glibc's allocator. */
  memory: Record<string, string>;
}

/** Throws where the Dockerfile has no ENTRYPOINT in JSON. */
export function readImageStart(dockerfile: string): ImageStart {
  const entry = /^ENTRYPOINT (\[.+\])$/m.exec(dockerfile)?.[1];
  if (entry === undefined) throw new Error("The Dockerfile has no ENTRYPOINT that could be read.");
  const words = JSON.parse(entry) as string[];
  const settings = [...dockerfile.matchAll(/\b(MALLOC_\w+)=(\d+)/g)];
  return {
    flags: words.filter((word) => word.startsWith("--")),
    memory: Object.fromEntries(settings.map(([, name = "", value = ""]) => [name, value])),
  };
}
