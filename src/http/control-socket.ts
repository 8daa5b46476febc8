/** `DATA_DIR/control.sock`: the API for whoever may open the file, which is the server's own user. */
import { lstat, mkdir, unlink } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import type { Log } from "../coordinator/ports.js";
import { ListenError, listen } from "./listener.js";
import type { Handler, Listener } from "./listener.js";

const CONTROL_SOCKET = "control.sock";
/** `sun_path` is 108 bytes on Linux, 104 on macOS and the BSDs, with the zero at the end. */
const LONGEST_PATH = 103;

/**
 * Listens on the control socket with mode 0600 from its first moment on; makes the folder if need be. What a dead server
 * left there is removed; throws ListenError where a living one answers, or where the path is something else.
 */
export async function listenOnControlSocket(
  dataDir: string,
  handler: Handler,
  log: Log,
): Promise<Listener & { path: string }> {
  const path = join(dataDir, CONTROL_SOCKET);
  if (Buffer.byteLength(path) > LONGEST_PATH) {
    throw new ListenError(`The path ${path} is too long for a socket. Choose a DATA_DIR with a shorter path.`);
  }
  await makeFolder(dataDir);
  await makeRoom(path);
  const listener = await listen({ path }, path, handler, log, withPrivateUmask);
  return { ...listener, path };
}

/** Node binds a path before `listen` returns, so the file is made with this umask and never seen with another mode. */
function withPrivateUmask(bind: () => void): void {
  const before = process.umask(0o177);
  try {
    bind();
  } finally {
    process.umask(before);
  }
}

async function makeFolder(dataDir: string): Promise<void> {
  try {
    await mkdir(dataDir, { recursive: true });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new ListenError(`DATA_DIR ${dataDir} cannot be made (${why}). Choose one that can.`, { cause: error });
  }
}

async function makeRoom(path: string): Promise<void> {
  try {
    const found = await lstat(path);
    if (!found.isSocket()) throw new ListenError(`${path} is no socket. Move it away: the server listens there.`);
  } catch (error) {
    if (isMissing(error)) return;
    throw error;
  }
  if (await answers(path)) {
    throw new ListenError(`Another server runs on this DATA_DIR: it answers on ${path}. Stop it, or choose another.`);
  }
  try {
    await unlink(path);
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
}

/** Whether anybody accepts a connection. Rejects where that cannot be told, as on a socket of another user. */
async function answers(path: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "ECONNREFUSED" || error.code === "ENOENT") resolve(false);
      else reject(new ListenError(`${path} is there and cannot be asked (${error.code ?? error.message}).`));
    });
  });
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}
