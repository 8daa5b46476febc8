import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Word } from "../../src/coordinator/coordinator.js";
import { openWorkerMail, type WorkerMail } from "../../src/queue/worker-mail.js";
import { recordingLog } from "../contract/sqlite-fixture.js";
import { aDatabase, NO_POSTGRESQL, type TestDatabase } from "../postgresql/database.js";
import { until } from "../until.js";

describe("mail between workers", () => {
  let database: TestDatabase;
  let opened: WorkerMail[];
  const log = recordingLog();
  beforeEach(async ({ skip }) => {
    const made = await aDatabase();
    if (made === null) return skip(NO_POSTGRESQL);
    database = made;
    opened = [];
  });
  afterEach(async () => {
    for (const mail of opened) {
      await mail.stop();
      await mail.close();
    }
    await database.drop();
  });

  async function open(worker: string): Promise<WorkerMail> {
    const mail = await openWorkerMail({ databaseUrl: database.url, worker, log });
    opened.push(mail);
    return mail;
  }

  /** All that a worker heard, and how to wait for it. */
  function ears(): { heard: Word[]; hear: (word: Word) => void; until: (length: number) => Promise<void> } {
    const heard: Word[] = [];
    const waiting: { length: number; resolve: () => void }[] = [];
    return {
      heard,
      hear(word) {
        heard.push(word);
        for (const { length, resolve } of waiting) if (heard.length >= length) resolve();
      },
      until: (length) =>
        new Promise((resolve) => {
          if (heard.length >= length) resolve();
          else waiting.push({ length, resolve });
        }),
    };
  }

  const word = (runId: string, ...ids: number[]): Word => ({
    runId,
    hints: ids.map((id) => ["acme/x", { workflowRunId: id, requested: null }]),
  });
  const unread = () => database.sql("SELECT key FROM graphile_worker.jobs ORDER BY key");

  it("reaches the one it is for, whole and once, also where it was written before anybody listened", async () => {
    const [writer, reader, other] = await Promise.all([open("writer"), open("reader"), open("other")]);
    const [readers, others] = [ears(), ears()];
    writer.tell("reader", word("one", 1, 2));
    writer.tell("reader", word("two", 3));
    await until(async () => (await unread()).length === 2 || null);
    writer.tell("reader", word("one", 4));
    await until(
      async () => (await database.sql("SELECT 1 FROM graphile_worker.jobs WHERE revision > 0")).length === 1 || null,
    );
    other.listen(others.hear);
    reader.listen(readers.hear);
    await readers.until(3);
    expect(readers.heard.sort(byHints)).toStrictEqual([word("one", 1, 2), word("two", 3), word("one", 4)]);
    writer.tell(null, word("three"));
    await Promise.race([readers.until(4), others.until(1)]);
    await until(async () => (await unread()).length === 0 || null);
    expect([...readers.heard.slice(3), ...others.heard]).toStrictEqual([word("three")]);
  });

  it("is heard again after all connections were cut", async () => {
    const [writer, reader] = await Promise.all([open("writer"), open("reader")]);
    const readers = ears();
    reader.listen(readers.hear);
    writer.tell("reader", word("before"));
    await readers.until(1);
    await database.sql(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()",
    );
    writer.tell("reader", word("after"));
    await until(
      () => readers.heard.length > 1 || log.lines.some(({ message }) => message.includes("could not be told")) || null,
    );
    if (readers.heard.length < 2) writer.tell("reader", word("after"));
    await readers.until(2);
    expect(readers.heard.at(-1)).toStrictEqual(word("after"));
  });

  it("for a worker that is no more is thrown away in the end, and younger mail is not", async () => {
    const writer = await open("writer");
    writer.tell("dead", word("old"));
    writer.tell("dead", word("new"));
    await until(async () => (await unread()).length === 2 || null);
    await database.sql(
      "UPDATE graphile_worker._private_jobs SET run_at = now() - interval '1 hour' WHERE key LIKE '%old'",
    );
    await writer.tidy();
    expect(await unread()).toStrictEqual([{ key: "release-chain new" }]);
    await writer.tidy();
    expect(await unread()).toHaveLength(1);
  });

  it("of one who stopped is left to the others", async () => {
    const [one, two] = await Promise.all([open("one"), open("two")]);
    const [ones, twos] = [ears(), ears()];
    one.listen(ones.hear);
    await one.stop();
    one.tell(null, word("handed back"));
    two.listen(twos.hear);
    await twos.until(1);
    expect(ones.heard).toStrictEqual([]);
  });
});

function byHints(a: Word, b: Word): number {
  return (a.hints[0]?.[1].workflowRunId ?? 0) - (b.hints[0]?.[1].workflowRunId ?? 0);
}
