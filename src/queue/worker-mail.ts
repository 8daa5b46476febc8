/**
 * What workers that share a PostgreSQL database tell each other, through graphile-worker: one job a release run, in the
 * name of the worker that it is for, or of any. It is written in a transaction and announced with NOTIFY, so that it
 * arrives within milliseconds and is not lost while its reader is out for a moment. What is lost with a dead reader is
 * found by the sweep of another worker.
 */
import { EventEmitter } from "node:events";
import { Logger, makeWorkerUtils, run, type Runner, type WorkerEvents, type WorkerUtils } from "graphile-worker";
import pg from "pg";
import type { Word } from "../coordinator/coordinator.js";
import type { Log } from "../coordinator/ports.js";

export interface WorkerMail {
  /** Calls `hear` with every word for this worker, or for any, until `stop`. */
  listen(hear: (word: Word) => void): void;
  /** `worker` null: whoever reads it first. */
  tell(worker: string | null, word: Word): void;
  /** Deletes mail that nobody has read for a long time: its reader is no more. */
  tidy(): Promise<void>;
  /** Hears nothing more. */
  stop(): Promise<void>;
  /** Resolves once everything that was told is written, and disconnects. */
  close(): Promise<void>;
}

export interface WorkerMailOptions {
  /** `postgresql://…` */
  databaseUrl: string;
  worker: string;
  log: Log;
}

/** One that listens, one that reads, one that writes. */
const CONNECTIONS = 3;
/** Mail of which no NOTIFY came is read this late, in ms. */
const POLL = 5_000;
/** A listener that broke off is started again after this, in ms. */
const RESTART = 5_000;
/** A reader takes milliseconds. */
const UNREAD = "10 minutes";
const TASK = "release-chain";
const FOR_ANY = `${TASK}:any`;

/** Opens the mail, and makes graphile-worker's own tables where they are not there. Throws what the database says. */
export async function openWorkerMail({ databaseUrl, worker, log }: WorkerMailOptions): Promise<WorkerMail> {
  const pgPool = poolOf(databaseUrl, log);
  const shared = { pgPool, logger: loggerTo(log) };
  const utils = await makeWorkerUtils(shared).catch(async (cause: unknown) => {
    await pgPool.end();
    throw cause;
  });
  await utils.migrate();
  const sending = new Set<Promise<void>>();
  let runner: Promise<Runner | null> | null = null;
  let restart: NodeJS.Timeout | null = null;
  let stopped = false;

  function begin(hear: (word: Word) => void): void {
    const take = (payload: unknown): void => {
      for (const word of payload as Word[]) hear(word);
    };
    const taskList = { [taskOf(worker)]: take, [FOR_ANY]: take };
    const events: WorkerEvents = new EventEmitter();
    // What was announced while the listener's connection was cut is there, too.
    events.on("pool:listen:success", ({ workerPool }) => {
      workerPool.nudge(1);
    });
    const options = { ...shared, events, taskList, parsedCronItems: [], concurrency: 1, pollInterval: POLL };
    runner = run({ ...options, noHandleSignals: true }).then(
      (started) => {
        // It ends by itself only after many errors in a row.
        void started.promise
          .catch(() => undefined)
          .then(() => {
            beginAgain(hear);
          });
        return started;
      },
      (cause: unknown) => {
        log.warn({ cause: wordsOf(cause) }, "cannot listen to other servers; again soon");
        beginAgain(hear);
        return null;
      },
    );
  }

  function beginAgain(hear: (word: Word) => void): void {
    if (stopped) return;
    restart = setTimeout(() => {
      begin(hear);
    }, RESTART);
    restart.unref();
  }

  async function send(reader: string | null, word: Word): Promise<void> {
    try {
      await add(utils, reader, word);
    } catch (cause) {
      // What was to be told is in the database: the other worker sees it when it next looks by itself.
      log.warn({ runId: word.runId, cause: wordsOf(cause) }, "another server could not be told of a release run");
    }
  }

  return {
    listen: begin,
    tell(reader, word) {
      const sent = send(reader, word).then(() => void sending.delete(sent));
      sending.add(sent);
    },
    tidy: () => tidy(pgPool),
    async stop() {
      stopped = true;
      if (restart !== null) clearTimeout(restart);
      await (await runner)?.stop().catch(() => undefined);
    },
    async close() {
      await Promise.all(sending);
      await utils.release();
      await pgPool.end();
    },
  };
}

function poolOf(connectionString: string, log: Log): pg.Pool {
  const pool = new pg.Pool({ connectionString, max: CONNECTIONS, keepAlive: true, connectionTimeoutMillis: 5_000 });
  const lost = (cause: Error): void => {
    log.warn({ cause: cause.message }, "a connection to the database was lost");
  };
  pool.on("error", lost);
  pool.on("connect", (client) => client.on("error", lost));
  return pool;
}

function taskOf(worker: string): string {
  return `${TASK}:worker:${worker}`;
}

/** Words about one run that are not read yet are one job: graphile-worker joins the lists. */
async function add(utils: WorkerUtils, reader: string | null, word: Word): Promise<void> {
  const task = reader === null ? FOR_ANY : taskOf(reader);
  await utils.addJob(task, [word], { jobKey: `${TASK} ${word.runId}`, maxAttempts: 3 });
}

async function tidy(pool: pg.Pool): Promise<void> {
  await pool.query(
    `SELECT graphile_worker.complete_jobs(array_agg(id)) FROM graphile_worker.jobs
     WHERE task_identifier LIKE $1 AND run_at < now() - $2::interval HAVING count(*) > 0`,
    [`${TASK}:%`, UNREAD],
  );
}

/** graphile-worker tells of every job at level info: that is detail here. */
function loggerTo(log: Log): Logger {
  return new Logger(() => (level, message) => {
    const name = level.toString();
    if (name === "error" || name === "warning") log.warn({ part: "graphile-worker" }, message);
    else log.debug({ part: "graphile-worker" }, message);
  });
}

function wordsOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
