/** Who may ask the server, as its settings say. */
import type { Hono } from "hono";
import type { AccessStore } from "./coordinator/access-port.js";
import type { Clock, GitHub, Log, Random } from "./coordinator/ports.js";
import { createRights } from "./coordinator/rights-of.js";
import { createAccess } from "./http/access.js";
import type { AccessEnv } from "./http/access-env.js";
import { createGitHubLogin } from "./http/github-login.js";
import type { Access } from "./http/principal.js";
import { signInAddress } from "./http/sign-in-address.js";
import { createSignIn } from "./http/sign-in.js";
import type { ServeSettings } from "./settings.js";
import { version } from "./version.js";

export interface ServedAccess {
  access: Access;
  /** Absent: nobody can sign in. */
  signIn?: Hono<AccessEnv>;
}

interface Parts {
  store: AccessStore;
  github: Pick<GitHub, "permission">;
  clock: Clock;
  random: Random;
  log: Log;
}

export function serveAccess(settings: ServeSettings, { store, github, ...parts }: Parts): ServedAccess {
  const { oauth, publicUrl, webUrl, apiUrl, trustProxy } = settings;
  const { clock, random, log } = parts;
  const { origin, advice } = signInAddress(oauth !== null, publicUrl);
  if (advice !== null) log.warn({}, advice);
  const rights = createRights({ github, clock });
  const access = createAccess({ store, rights, signInOrigin: origin, trustProxy, ...parts });
  if (oauth === null || access.signIn === null) return { access };
  const login = createGitHubLogin({ ...oauth, webUrl, apiUrl, userAgent: `release-chain/${version()}`, log });
  const signIn = createSignIn({ access, parts: access.signIn, store: store.sessions, github: login, random });
  return { access, signIn };
}
