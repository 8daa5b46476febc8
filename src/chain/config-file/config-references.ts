/**
 * What the schema alone cannot see: names that must exist elsewhere in the file, keys that exclude each other. Reads the
 * values as they are written, right or wrong, so that these problems are found together with those of the schema; where a
 * value is of the wrong type it keeps silent, for that has been said.
 */
import { complainAboutId } from "./config-fields.js";
import { locate, type ProblemList } from "./config-positions.js";
import { componentSchema } from "./config-schema.js";
import type { Located, Path, StepCount } from "./located-yaml.js";
import { deepMerge, isMapping } from "./merge.js";
import { nearestKey } from "./nearest-key.js";
import { complainAboutRepo, isFullSha, repositoryName } from "./repository-names.js";

type Written = Readonly<Record<string, unknown>>;

/** GitHub's limit for `workflow_dispatch`. */
const MOST_INPUTS = 25;
/**
 * Letters compared in search of the nearest name, over all problems: in a file with many slips the later ones get no
 * suggestion. For each letter of the text, and in any case.
 */
const COMPARED_PER_LETTER = 256;
const COMPARED_AT_LEAST = 100_000;
const COMPARED_AT_MOST = 2 ** 23;
/** The sizes of defaults and templates, once for each component that takes them: likewise. */
const MERGED_PER_LETTER = 256;
const MERGED_AT_MOST = 2 ** 21;

/** `letters`: of the text. */
export function reportReferences(
  root: Located,
  problems: ProblemList,
  reading: { letters: number; count: StepCount },
): void {
  if (!isMapping(root.value)) return;
  const checker = new ReferenceChecker(root, root.value, problems, reading);
  checker.checkTemplates();
  checker.checkIds();
  checker.checkSources();
  if (!checker.checkSizes()) return;
  checker.checkNeeds();
  checker.checkInputs();
  checker.checkGraph();
}

interface Component {
  path: Path;
  written: Written;
  /** null where it cannot be told. */
  id: string | null;
}

/** A key that may be given at several levels: its value, and where the one that counts is written. */
interface Origin {
  path: Path;
  value: unknown;
}

/** Names to choose from, and how many letters they have in all. */
interface Names {
  list: readonly string[];
  letters: number;
}

function namesOf(names: Iterable<string>): Names {
  const list = Array.from(names);
  return { list, letters: list.reduce((sum, name) => sum + name.length, 0) };
}

class ReferenceChecker {
  private readonly defaults: Written;
  private readonly templates: Written;
  private readonly components: Component[];
  private readonly ids: Set<string>;
  /** Texts in components whose id cannot be told: one of them may be it. */
  private readonly perhapsIds: Set<string>;
  private readonly idOfRepo: Map<unknown, string | null>;
  private readonly templateNames: Names;
  private readonly idNames: Names;
  private compared = 0;
  private readonly letters: number;
  private readonly count: StepCount;

  constructor(
    private readonly located: Located,
    private readonly root: Written,
    private readonly problems: ProblemList,
    { letters, count }: { letters: number; count: StepCount },
  ) {
    this.letters = letters;
    this.count = count;
    this.defaults = mappingOrEmpty(root.defaults);
    this.templates = mappingOrEmpty(root.templates);
    this.components = listOrEmpty(root.components).flatMap((written, index) =>
      isMapping(written) ? [{ path: ["components", index], written, id: idOf(written) }] : [],
    );
    this.ids = new Set(this.components.flatMap(({ id }) => id ?? []));
    this.templateNames = namesOf(Object.keys(this.templates));
    this.idNames = namesOf(this.ids);
    this.idOfRepo = new Map(this.components.map(({ written, id }) => [written.repo, id]));
    this.perhapsIds = new Set(
      this.components
        .filter(({ id }) => id === null)
        .flatMap(({ written }) => Object.values(written).filter((value) => typeof value === "string"))
        .map(repositoryName),
    );
  }

  checkTemplates(): void {
    const holders = [{ path: ["defaults"] as Path, written: this.defaults }, ...this.components];
    for (const { path, written } of holders) {
      const name = written.extends;
      if (typeof name !== "string" || name === "" || Object.hasOwn(this.templates, name)) continue;
      if (this.root.templates !== undefined && !isMapping(this.root.templates)) continue;
      const none = this.templateNames.list.length === 0 ? ": the file has no templates" : "";
      this.problems.atValue(
        [...path, "extends"],
        `there is no template "${name}"${none}`,
        this.nearest(name, this.templateNames),
      );
    }
  }

  checkIds(): void {
    const firstLine = new Map<string, number>();
    for (const { path, written, id } of this.components) {
      if (id === null) continue;
      const key = typeof written.id === "string" ? "id" : typeof written.url === "string" ? "url" : "repo";
      const earlier = firstLine.get(id);
      if (earlier !== undefined) {
        const advice = key === "id" ? "" : ": give one of them another id";
        this.problems.atValue([...path, key], `the component id "${id}" is already taken in line ${earlier}${advice}`);
      } else {
        firstLine.set(id, this.problems.lineOfKey(path));
      }
      const isDerivedFromUrl = key === "url" || isMapping(written.repo);
      const complaint = isDerivedFromUrl && key !== "id" ? complainAboutId(id) : null;
      if (complaint !== null)
        this.problems.atValue([...path, key], `give an id: ${complaint.message}`, complaint.suggestion);
    }
  }

  checkNeeds(): void {
    const lists: Origin[] = [
      { path: ["defaults", "needs"], value: this.defaults.needs },
      ...Object.entries(this.templates).map(([name, template]) => ({
        path: ["templates", name, "needs"],
        value: mappingOrEmpty(template).needs,
      })),
      ...this.components.map(({ path, written }) => ({ path: [...path, "needs"], value: written.needs })),
    ];
    for (const { path, value } of lists) {
      listOrEmpty(value).forEach((need, index) => {
        this.checkComponent(need, [...path, index]);
      });
    }
    for (const component of this.components) this.checkNeedsItself(component);
  }

  private checkNeedsItself(component: Component): void {
    const { path, value } = this.origin(component, "needs");
    const index = listOrEmpty(value).findIndex((need) => need === component.id);
    if (index < 0 || component.id === null) return;
    const isOwn = path[0] === "components";
    const advice = isOwn ? "" : ", for it takes this list too: give it needs of its own";
    this.problems.atValue([...path, index], `the component "${component.id}" needs itself${advice}`);
  }

  private checkComponent(id: unknown, path: Path): void {
    if (typeof id !== "string" || id === "" || this.ids.has(id) || this.perhapsIds.has(id)) return;
    const byRepository = this.idOfRepo.get(id);
    this.problems.atValue(path, `there is no component "${id}"`, byRepository ?? this.nearest(id, this.idNames));
  }

  private nearest(name: string, { list, letters }: Names): string | null {
    const cost = list.length + name.length * letters;
    const most = Math.min(COMPARED_AT_MOST, COMPARED_AT_LEAST + COMPARED_PER_LETTER * this.letters);
    if (this.compared + cost > most) return null;
    this.compared += cost;
    this.count.steps += cost;
    return nearestKey(name, list);
  }

  /** Whether what the components take from defaults and templates can be written out for each of them. */
  checkSizes(): boolean {
    const ofDefaults = this.sizeAt(["defaults"]);
    const ofTemplates = new Map(this.templateNames.list.map((name) => [name, this.sizeAt(["templates", name])]));
    let merged = 0;
    for (const { written } of this.components) {
      const template = written.extends ?? this.defaults.extends;
      merged += ofDefaults + (typeof template === "string" ? (ofTemplates.get(template) ?? 0) : 0);
    }
    if (merged <= Math.min(MERGED_AT_MOST, MERGED_PER_LETTER * this.letters)) {
      this.count.steps += merged;
      return true;
    }
    const message = "defaults and templates, written out for each component, would be huge: make them smaller";
    this.problems.atKey(["components"], message);
    return false;
  }

  private sizeAt(path: Path): number {
    return locate(this.located, path)?.size ?? 0;
  }

  /** A repository is on this GitHub (`repo`), or on another host (`url`, `{url, ref}`), pinned and not built. */
  checkSources(): void {
    for (const component of this.components) {
      const { path, written } = component;
      const { repo, url } = written;
      if (repo !== undefined && url !== undefined) {
        this.problems.atKey([...path, "url"], "repo and url exclude each other: keep one of them");
      } else if (repo === undefined && url === undefined) {
        const looksMisspelt = Object.keys(written).some(isMisspeltSource);
        if (!looksMisspelt)
          this.problems.atKey([...path, "repo"], 'the key "repo" is missing: name the repository of this component');
      } else if (url !== undefined || isMapping(repo)) {
        this.checkOtherHost(component, url !== undefined);
      }
    }
  }

  private checkOtherHost(component: Component, isShort: boolean): void {
    const { path, written } = component;
    const source: Path = [...path, isShort ? "url" : "repo"];
    const build = this.origin(component, "build").value ?? true;
    if (build === true) {
      this.problems.atKey(source, "a repository on another host can be locked, not built: set build: false");
    }
    if (!isShort && written.ref !== undefined) {
      this.problems.atKey([...path, "ref"], "the ref of this repository stands in repo: take this one out");
    } else if (isShort && written.ref === undefined) {
      this.problems.atKey([...path, "ref"], 'the key "ref" is missing: a repository on another host needs a full SHA');
    } else if (isShort && typeof written.ref === "string" && written.ref !== "" && !isFullSha(written.ref)) {
      const message = `"${written.ref}" is not a full SHA: 40 or 64 hexadecimal digits are needed for a repository on another host`;
      this.problems.atValue([...path, "ref"], message);
    }
  }

  checkInputs(): void {
    for (const component of this.components) {
      if (this.origin(component, "trigger").value !== "workflow_dispatch") continue;
      const origin = this.origin(component, "inputs");
      const count = Object.keys(mappingOrEmpty(this.merged(component, "inputs"))).length;
      if (count <= MOST_INPUTS) continue;
      this.problems.atKey(origin.path, `${count} inputs: a workflow_dispatch takes at most ${MOST_INPUTS}`);
    }
  }

  checkGraph(): void {
    const graph = mappingOrEmpty(this.root.graph);
    for (const [collection, id] of Object.entries(mappingOrEmpty(graph.providers))) {
      this.checkComponent(id, ["graph", "providers", collection]);
    }
    listOrEmpty(graph.ignore).forEach((edge, index) => {
      for (const end of ["from", "to"]) this.checkComponent(mappingOrEmpty(edge)[end], ["graph", "ignore", index, end]);
    });
  }

  /** The levels a component takes its values from, the strongest last. */
  private levels({ path, written }: Component): { path: Path; written: Written }[] {
    const template = written.extends ?? this.defaults.extends;
    const levels: { path: Path; written: Written }[] = [{ path: ["defaults"], written: this.defaults }];
    if (typeof template === "string" && Object.hasOwn(this.templates, template)) {
      levels.push({ path: ["templates", template], written: mappingOrEmpty(this.templates[template]) });
    }
    return [...levels, { path, written }];
  }

  private origin(component: Component, key: string): Origin {
    const level = this.levels(component).findLast(({ written }) => written[key] !== undefined);
    return { path: [...(level?.path ?? component.path), key], value: level?.written[key] };
  }

  private merged(component: Component, key: string): unknown {
    return this.levels(component).reduce<unknown>((base, { written }) => deepMerge(base, written[key]), undefined);
  }
}

function isMisspeltSource(key: string): boolean {
  return !Object.hasOwn(componentSchema.shape, key) && nearestKey(key, ["repo", "url"]) !== null;
}

function mappingOrEmpty(value: unknown): Written {
  return isMapping(value) ? value : {};
}

function listOrEmpty(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as unknown[]) : [];
}

function idOf(written: Written): string | null {
  if (typeof written.id === "string") return written.id;
  if (written.id !== undefined) return null;
  const from = written.url ?? (isMapping(written.repo) ? written.repo.url : written.repo);
  if (typeof from !== "string" || (written.repo === from && complainAboutRepo(from) !== null)) return null;
  return repositoryName(from);
}
