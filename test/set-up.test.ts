import { spawn, type ChildProcess } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseEnv } from "node:util";
import { describe, expect, it, onTestFinished } from "vitest";
import { parse } from "yaml";
import { freePorts } from "../src/cli/demo-server.js";
import { withVariables } from "../src/dot-env.js";
import { readSettings } from "../src/settings.js";
import { manifestOf } from "../src/set-up.js";

const MAIN = fileURLToPath(new URL("../dist/main.js", import.meta.url));
const pem = generateKeyPairSync("rsa", { modulusLength: 2048 })
  .privateKey.export({ type: "pkcs1", format: "pem" })
  .toString();

interface Started {
  url: string;
  folder: string;
  child: ChildProcess;
  output(): string;
  ended: Promise<number | null>;
}

/** `release-chain serve` as a process, in an empty folder or in `folder`. */
async function start(env: Record<string, string>, folder = emptyFolder()): Promise<Started> {
  const [port] = (await freePorts(1)) as [number];
  const child = spawn(process.execPath, [MAIN, "serve"], {
    cwd: folder,
    env: { PATH: process.env["PATH"], HOST: "127.0.0.1", PORT: String(port), LOG_FORMAT: "json", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
  onTestFinished(async () => {
    child.kill("SIGKILL");
    await ended;
  });
  return { url: `http://127.0.0.1:${port}`, folder, child, output: () => output, ended };
}

function emptyFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "release-chain-set-up-test-"));
  onTestFinished(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  return folder;
}

async function page(server: Started, path: string): Promise<Response> {
  for (;;) {
    if (server.child.exitCode !== null) throw new Error(`it ended with ${server.child.exitCode}: ${server.output()}`);
    try {
      return await fetch(server.url + path);
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 20)); // not listening yet
    }
  }
}

describe("without APP_ID", () => {
  it("serves Probot's page with the App of app.yml, in production and in any folder, and ends with 0", async () => {
    const server = await start({ NODE_ENV: "production", PUBLIC_URL: "https://chain.acme.test/base/" });
    const answer = await page(server, "/"); // leads to /probot
    expect(answer.status).toBe(200);
    const manifest = /name="manifest"[^>]* value='([^']*)'/.exec(await answer.text())?.[1] ?? "";
    expect(JSON.parse(manifest)).toMatchObject({
      name: "release-chain",
      url: "https://chain.acme.test/base",
      hook_attributes: { url: "https://chain.acme.test/base/api/github/webhooks" },
      default_permissions: { contents: "write", actions: "write" },
      redirect_url: `${server.url}/probot/setup`,
    });
    server.child.kill("SIGTERM");
    expect(await server.ended).toBe(0);
    expect(server.output()).not.toContain("smee");
  });

  it("warns where PUBLIC_URL is not set, as the App would get the address of app.yml", async () => {
    const server = await start({});
    await page(server, "/probot");
    expect(server.output()).toContain("PUBLIC_URL is not set");
  });

  it("keeps the App in the .env of its folder, for its owner only, and serves with it at the next start", async () => {
    const folder = emptyFolder();
    writeFileSync(join(folder, ".env"), "# mine\nLOG_LEVEL=warn\nAPP_ID=\n");
    const server = await start({}, folder);
    await page(server, "/probot");
    const answer = await fetch(`${server.url}/probot/import`, {
      method: "POST",
      body: JSON.stringify({ appId: "123", pem, webhook_secret: "a long and random secret" }),
    });
    expect(answer.status).toBe(200);
    server.child.kill("SIGTERM");
    expect(await server.ended).toBe(0);

    const file = join(folder, ".env");
    const text = readFileSync(file, "utf8");
    expect(text).toContain("# mine\nLOG_LEVEL=warn\n");
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const read = readSettings(parseEnv(text), () => "");
    expect(read).toMatchObject({ ok: true, settings: { mode: "serve", app: { id: 123, privateKey: pem } } });
    expect(server.output()).not.toContain("a long and random secret");

    const again = await start({}, folder);
    expect(await (await page(again, "/healthz")).text()).toBe("ok\n");
    again.child.kill("SIGTERM");
    expect(await again.ended).toBe(0);
  });
});

describe(".env", () => {
  it("gives what the environment does not", async () => {
    const folder = emptyFolder();
    writeFileSync(join(folder, ".env"), "APP_ID=1\nPORT=none\nHOST=from-the-file\n");
    const server = await start({ APP_ID: "one" }, folder);
    expect(await server.ended).toBe(2);
    expect(server.output()).toContain("APP_ID must be a whole number from 1, and is `one`.");
    expect(server.output()).not.toContain("PORT");
  });

  it("gets variables replaced in place or added, and nothing else changed", () => {
    expect(withVariables("", { A: "1" })).toBe('A="1"\n');
    expect(withVariables("B=2\nA=0\r\n#A=\n", { A: "x\ny" })).toBe('B=2\nA="x\\ny"\n#A=\n');
    expect(withVariables("A=1\nB=2", { C: "3" })).toBe('A=1\nB=2\nC="3"\n');
    expect(withVariables('KEY="a\nAPP_ID=5\nb"\nAPP_ID=\n', { APP_ID: "7", KEY: "k" })).toBe('KEY="k"\nAPP_ID="7"\n');
  });

  it.each(['1"\nDATABASE_URL="file:/elsewhere', "a\rb", "\u0000"])("takes no value that could be more: %j", (value) => {
    expect(() => withVariables("", { APP_ID: value })).toThrow("APP_ID");
  });
});

it("the App of app.yml is the same without PUBLIC_URL", () => {
  const text = readFileSync(new URL("../app.yml", import.meta.url), "utf8");
  expect(manifestOf(text, null)).toEqual(parse(text));
});
