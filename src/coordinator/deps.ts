import type { HandOffAddresses } from "../chain/upstream.js";
import type { Reporting } from "./report-port.js";
import type { NoticeSender, NoticeStore } from "./notices-port.js";
import type { Tracing } from "./tracing.js";
import type { ArtifactIntake, ArtifactStore, Clock, GitHub, Log, Random, Signer, Store } from "./ports.js";

/** What the server's operator allows. */
export interface Policy {
  /** Globs of `owner/repo`; null: any hub, for releases made by a person. */
  allowedHubs: string[] | null;
  /** Globs of hubs that may publish files of private repositories although they are public. */
  allowPrivateToPublic: string[];
}

/** How workflows get at files that others have built. */
export interface HandOff {
  /** null: the server does not know its own address. */
  addresses: HandOffAddresses | null;
  /** Why workflows get no addresses, or such as they may not reach, and what to do; a sentence. null: all is well. */
  advice: string | null;
}

/** What notices need besides. */
export interface NoticeDesk {
  store: NoticeStore;
  sender: NoticeSender;
  /** The server's own address, without `/` at the end; null: it does not know it. */
  publicUrl: string | null;
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
  /** The server's OpenPGP key; absent: it cannot sign. */
  signer?: Signer;
  /** Of this program, e.g. `1.2.3`. */
  version: string;
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
  /** How people are told what became of release runs; absent: nobody is. */
  notices?: NoticeDesk;
  /** Takes the server's own secrets, and what looks like a credential, out of a text from outside. Absent: there are none. */
  maskSecrets?(text: string): string;
  /** Absent: workflows get no addresses, and nobody is told why. */
  handOff?: HandOff;
  /** Absent: nothing of release runs is shown in GitHub. */
  reporting?: Reporting;
  /** Who tells traces of release runs; absent: nobody does. */
  tracing?: Tracing;
}
