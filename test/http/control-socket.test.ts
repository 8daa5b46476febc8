import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ask, folder, start, targets } from "./listening-server.js";

describe("the control socket", () => {
  it("is open to its owner only, whatever the umask", async () => {
    const before = process.umask(0);
    try {
      const { urls } = await start();
      expect((statSync(urls.control).mode & 0o777).toString(8)).toBe("600");
      expect(process.umask(0)).toBe(0);
    } finally {
      process.umask(before);
    }
  });

  it("makes its folder", async () => {
    const dataDir = join(folder(), "a/b");
    const { urls } = await start({ settings: { dataDir } });
    expect(await ask(targets(urls, "/healthz").control)).toMatchObject({ status: 200 });
  });

  it("takes the place of what a killed server left", async () => {
    const dataDir = folder();
    const path = join(dataDir, "control.sock");
    const child = spawn(process.execPath, [
      "-e",
      `require("net").createServer().listen(${JSON.stringify(path)}, () => console.log("up"))`,
    ]);
    await once(child.stdout, "data");
    child.kill("SIGKILL");
    await once(child, "exit");
    expect(existsSync(path)).toBe(true);
    const { urls } = await start({ settings: { dataDir } });
    expect(await ask(targets(urls, "/healthz").control)).toMatchObject({ status: 200 });
  });

  it("is not taken from a living server, which goes on", async () => {
    const first = await start();
    await expect(start({ settings: { dataDir: first.dataDir } })).rejects.toThrow(
      `Another server runs on this DATA_DIR: it answers on ${first.urls.control}.`,
    );
    expect(await ask(targets(first.urls, "/healthz").control)).toMatchObject({ status: 200 });
  });

  it("does not remove a file that is no socket", async () => {
    const dataDir = folder();
    writeFileSync(join(dataDir, "control.sock"), "precious");
    await expect(start({ settings: { dataDir } })).rejects.toThrow("is no socket");
    expect(existsSync(join(dataDir, "control.sock"))).toBe(true);
  });

  it("says when the path is too long", async () => {
    const dataDir = join(folder(), "x".repeat(100));
    await expect(start({ settings: { dataDir } })).rejects.toThrow("too long for a socket");
  });

  it("says when its folder cannot be made", async () => {
    const dataDir = join(folder(), "file");
    writeFileSync(dataDir, "");
    await expect(start({ settings: { dataDir: join(dataDir, "data") } })).rejects.toThrow(
      /^DATA_DIR .* cannot be made/,
    );
  });

  it("is gone after the end", async () => {
    const { server, urls } = await start();
    await server.close();
    expect(existsSync(urls.control)).toBe(false);
  });
});
