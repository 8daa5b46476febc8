/** The server as a process: what it says when it cannot start, and how it ends. */
import { spawn } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { mkdir, mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { PATIENCE } from "../until.js";
import { startScenario } from "./harness.js";

const MAIN = fileURLToPath(new URL("../../dist/main.js", import.meta.url));
const KEY = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({ type: "pkcs1", format: "pem" });

let folder = "";
let taken = 0;
const occupant = createServer();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "release-chain-serve-"));
  await new Promise<void>((resolve) => occupant.listen(0, "127.0.0.1", resolve));
  taken = (occupant.address() as AddressInfo).port;
});

afterAll(async () => {
  occupant.close();
  await rm(folder, { recursive: true, force: true });
});

/** Runs `serve` to its end; killed when it takes too long, which gives the exit code null. */
function serve(env: Record<string, string>): Promise<{ code: number | null; stderr: string; stdout: string }> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [MAIN, "serve"], {
      cwd: folder,
      env: { PATH: process.env["PATH"], LOG_FORMAT: "json", ...env },
      timeout: PATIENCE,
      killSignal: "SIGKILL",
    });
    const said = { stdout: "", stderr: "" };
    child.stdout.on("data", (chunk: Buffer) => (said.stdout += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => (said.stderr += chunk.toString()));
    child.once("close", (code) => {
      resolve({ code, ...said });
    });
  });
}

/** All that it takes, each scenario with a folder of its own. */
function good(name: string): Record<string, string> {
  return {
    APP_ID: "1",
    PRIVATE_KEY: KEY.toString(),
    WEBHOOK_SECRET: "a-secret-of-this-test",
    HOST: "127.0.0.1",
    PORT: "0",
    DATA_DIR: join(folder, name),
    DATABASE_URL: `file:${join(folder, `${name}-database`, "release-chain.db")}`,
  };
}

interface Case {
  what: string;
  env: () => Record<string, string>;
  /** Made before. */
  files?: Record<string, string | null>;
  code: 1 | 2;
  words: RegExp;
}

/** `files`: null is a folder. */
const cases: Case[] = [
  {
    what: "no WEBHOOK_SECRET",
    env: () => ({ WEBHOOK_SECRET: "" }),
    code: 2,
    words: /WEBHOOK_SECRET is not set.* Set it /,
  },
  { what: "a key that is none", env: () => ({ PRIVATE_KEY: "abc" }), code: 2, words: /PRIVATE_KEY is no private key/ },
  {
    what: "a key file that is not there",
    env: () => ({ PRIVATE_KEY: "", PRIVATE_KEY_PATH: "/nowhere/app.pem" }),
    code: 2,
    words: /PRIVATE_KEY_PATH: the file \/nowhere\/app\.pem cannot be read/,
  },
  {
    what: "a DATABASE_URL that is none",
    env: () => ({ DATABASE_URL: "s3cret-garbage" }),
    code: 2,
    words: /DATABASE_URL has no scheme\. Write file:.* for SQLite, or postgresql:/,
  },
  {
    what: "PostgreSQL where there is none",
    env: () => ({ DATABASE_URL: "postgresql://me:s3cret-garbage@127.0.0.1:1/x" }),
    code: 1,
    words:
      /The database x at 127\.0\.0\.1:1 cannot be opened: connect ECONNREFUSED 127\.0\.0\.1:1\. Check DATABASE_URL/,
  },
  {
    what: "a port in use",
    env: () => ({ PORT: String(taken) }),
    code: 1,
    words: /HOST:PORT 127\.0\.0\.1:\d+ is in use\. Stop /,
  },
  {
    what: "a local port in use",
    env: () => ({ LOCAL_PORT: String(taken) }),
    code: 1,
    words: /LOCAL_PORT 127\.0\.0\.1:\d+ is in use\. Stop /,
  },
  {
    what: "a host that is not this machine",
    env: () => ({ HOST: "192.0.2.1" }),
    code: 1,
    words: /192\.0\.2\.1:0 is no address of this machine\. Set HOST/,
  },
  {
    what: "a DATA_DIR that is a file",
    files: { "plain-file": "x" },
    env: () => ({ DATA_DIR: join(folder, "plain-file") }),
    code: 1,
    words: /DATA_DIR \S+plain-file .*is no folder.* Choose /,
  },
  {
    what: "a DATA_DIR that cannot be made",
    env: () => ({ DATA_DIR: "/proc/release-chain" }),
    code: 1,
    words: /DATA_DIR \/proc\/release-chain cannot be made \(\w+\).* Choose /,
  },
  {
    what: "a folder for a database",
    files: { "folder.db": null },
    env: () => ({ DATABASE_URL: `file:${join(folder, "folder.db")}` }),
    code: 1,
    words: /The database \S+folder\.db is a folder\. Name a file in DATABASE_URL/,
  },
  {
    what: "a database that is none",
    files: { "broken.db": "this is no database ".repeat(500) },
    env: () => ({ DATABASE_URL: `file:${join(folder, "broken.db")}` }),
    code: 1,
    words: /The database \S+broken\.db cannot be opened: .*not a database\. Check /,
  },
];

describe("a server that cannot start says what is wrong, and ends", () => {
  it.concurrent.each(cases)("$what", async ({ what, env, files = {}, code, words }) => {
    for (const [name, content] of Object.entries(files))
      if (content === null) await mkdir(join(folder, name));
      else await writeFile(join(folder, name), content);
    const ended = await serve({ ...good(what.replace(/\W+/g, "-")), ...env() });
    expect(ended.stderr).toMatch(words);
    expect(ended.stderr).toMatch(/^release-chain: .+\n$/);
    expect(`${ended.stderr}${ended.stdout}`).not.toMatch(/\n\s+at |s3cret|a-secret-of-this-test|BEGIN RSA/);
    expect(ended.code).toBe(code);
  });
});

describe("a server that runs", () => {
  it("keeps its control socket to its own user, and removes it when it ends", async () => {
    const { server } = await startScenario({ components: { base: {} } }, { ownProcess: true });
    const path = join(server.dataDir, "control.sock");
    expect(((await stat(path)).mode & 0o777).toString(8)).toBe("600");
    expect(await server.stop()).toBe(0);
    await expect(stat(path)).rejects.toThrow("ENOENT");
  });
});
