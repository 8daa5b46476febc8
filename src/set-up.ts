/** Without APP_ID: Probot's page that makes the GitHub App from app.yml and keeps it in `.env`. */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parse, stringify } from "yaml";
import { updateDotEnv } from "./dot-env.js";
import type { Environment } from "./environment.js";
import { createLog } from "./http/log.js";
import { WEBHOOK_PATH } from "./http/webhooks.js";
import type { SetupSettings } from "./settings.js";

const PACKAGE = fileURLToPath(new URL("..", import.meta.url));

/**
 * Serves the page. Probot reads app.yml and package.json from the working directory, and a few variables from the process
 * itself: so it gets a folder with both, and `env` must be the process's own environment.
 */
export async function setUp(settings: SetupSettings, env: Environment): Promise<{ stop(): Promise<void> }> {
  const log = createLog({ level: settings.logLevel, format: settings.logFormat, secrets: settings.secrets });
  if (settings.publicUrl === null)
    log.warn(`PUBLIC_URL is not set: the App would get the addresses of ${PACKAGE}app.yml. Set it, or edit the file.`);
  const home = process.cwd();
  const folder = await prepareFolder(settings.publicUrl);
  async function leave(): Promise<void> {
    process.chdir(home);
    await rm(folder, { recursive: true, force: true });
  }
  try {
    process.chdir(folder);
    // Probot shows no page in production, and would else ask smee.io for a channel
    Object.assign(env, { NODE_ENV: "development", NO_SMEE_SETUP: "true" });
    const { run } = await import("probot");
    const server = await run(() => undefined, {
      env: { ...env, PORT: String(settings.port), HOST: settings.host, APP_ID: "" },
      log,
      updateEnv: (values) => {
        updateDotEnv(join(home, ".env"), textsOf(values));
        return values;
      },
    });
    return {
      async stop() {
        await server.stop();
        await leave();
      },
    };
  } catch (error) {
    await leave();
    throw error;
  }
}

async function prepareFolder(publicUrl: string | null): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "release-chain-set-up-"));
  const manifest = manifestOf(await readFile(join(PACKAGE, "app.yml"), "utf8"), publicUrl);
  await writeFile(join(folder, "app.yml"), stringify(manifest));
  await writeFile(join(folder, "package.json"), await readFile(join(PACKAGE, "package.json")));
  return folder;
}

/** What GitHub is told about the App: app.yml, with the server's real address where it is known. */
export function manifestOf(appYml: string, publicUrl: string | null): unknown {
  const manifest = parse(appYml) as { url: string; hook_attributes: { url: string } };
  if (publicUrl === null) return manifest;
  const hook = { ...manifest.hook_attributes, url: publicUrl + WEBHOOK_PATH };
  return { ...manifest, url: publicUrl, hook_attributes: hook, callback_urls: [`${publicUrl}/login/callback`] };
}

/** Probot puts the private key between quotes. */
function textsOf(values: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, value.replace(/^"([\s\S]*)"$/, "$1")]],
    ),
  );
}
