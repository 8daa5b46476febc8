import type { ArtifactIntake, ArtifactStore, Clock, GitHub, Log, Random, Store } from "./ports.js";

/** What the server's operator allows. */
export interface Policy {
  /** Globs of `owner/repo`; null: any hub, for releases made by a person. */
  allowedHubs: string[] | null;
  /** Globs of hubs that may publish files of private repositories although they are public. */
  allowPrivateToPublic: string[];
}

/** Everything a step of the coordinator works with. */
export interface Deps {
  github: GitHub;
  store: Store;
  artifactStore: ArtifactStore;
  artifactIntake: ArtifactIntake;
  clock: Clock;
  random: Random;
  log: Log;
  policy: Policy;
  /** Bytes that the artifact store may have before files of unpinned release runs are removed; absent: any number. */
  artifactsMaxSize?: number;
  /** The name of this process among those that share the database. */
  worker: string;
  /**
   * Where other processes share the database: milliseconds without a sign of life after which another one takes over the
   * release runs of this one. Absent: this process is alone with its database.
   */
  leaseTerm?: number;
  /** Milliseconds between two looks at the App's delivery log. */
  deliveryScanInterval: number;
  /** Where people find GitHub's repositories, without `/` at the end: `https://github.com`. */
  webUrl: string;
}
