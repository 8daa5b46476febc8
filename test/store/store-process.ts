/** A process of its own that opens a store, for what only another process can show. */
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

/** Vite's runner loads TypeScript, so that the process needs no build. */
const PROGRAM = `
  const { runnerImport } = await import("vite");
  const { module } = await runnerImport(process.argv[1], { configFile: false, logLevel: "silent" });
  try {
    await module.openSqlite(process.argv[2]);
    console.log("open");
    setInterval(() => {}, 60_000);
  } catch (error) {
    console.log(error.code + " " + error.message);
  }
`;

export interface StoreProcess {
  /** "open", or code and message of the error. */
  said: Promise<string>;
  kill(): Promise<void>;
}

export function startStoreProcess(databaseFile: string): StoreProcess {
  const fixture = new URL("../contract/sqlite-fixture.ts", import.meta.url).pathname;
  const args = ["--input-type=module", "--eval", PROGRAM, fixture, databaseFile];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  const exited = new Promise<void>((resolve) =>
    child.once("exit", () => {
      resolve();
    }),
  );
  const said = new Promise<string>((resolve, reject) => {
    createInterface(child.stdout).once("line", resolve);
    child.once("error", reject);
    child.once("exit", (code) => {
      reject(new Error(`The store's process ended with ${code ?? "a signal"}.`));
    });
  });
  return {
    said,
    async kill() {
      child.kill("SIGKILL");
      await exited;
    },
  };
}
