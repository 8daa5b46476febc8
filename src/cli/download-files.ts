/** Files of a release run to a folder: several at a time, with the progress of all of them. */
import pLimit from "p-limit";
import { CliError, type CliIo } from "./cli-io.js";
import { downloadFile, type DownloadDeps } from "./download-file.js";
import type { Download } from "./download-places.js";
import { statusLine } from "./status-line.js";
import { styleFor } from "./text-style.js";
import { transferBar } from "./transfer-bar.js";

/** Downloads at once. */
const AT_ONCE = 4;
/** Milliseconds between two drawings of the bar. */
const REDRAW_EVERY = 200;

export interface DownloadReport {
  files: { name: string; place: string; size: number; sha256: string; state: "present" | "downloaded" }[];
  failed: { name: string; why: string }[];
}

/** Downloads all that can be had. Never throws but where the signal says so. */
export async function downloadFiles(
  downloads: readonly Download[],
  { io, signal, open }: { io: CliIo; signal: AbortSignal; open: DownloadDeps["open"] },
): Promise<DownloadReport> {
  const bar = progressBar(downloads, io);
  const limit = pLimit(AT_ONCE);
  const report: DownloadReport = { files: [], failed: [] };
  const deps = { open, signal, sleep: (ms: number, by?: AbortSignal) => io.sleep(ms, by), onBytes: bar.onBytes };
  await Promise.all(
    downloads.map((download) =>
      limit(async () => {
        if (isOver(signal)) return;
        const { name, place, file } = download;
        try {
          const state = await downloadFile(download, deps);
          report.files.push({ name, place, size: file.size, sha256: file.sha256, state });
        } catch (error) {
          if (!isOver(signal)) report.failed.push({ name, why: wordsOf(error) });
        }
        bar.onFile();
      }),
    ),
  );
  bar.end();
  const order = new Map(downloads.map(({ name }, index) => [name, index]));
  for (const list of [report.files, report.failed])
    list.sort((a, b) => (order.get(a.name) ?? 0) - (order.get(b.name) ?? 0));
  return report;
}

/** It can change while something is waited for. */
function isOver(signal: AbortSignal): boolean {
  return signal.aborted;
}

function wordsOf(error: unknown): string {
  if (error instanceof CliError || !(error instanceof Error))
    return error instanceof Error ? error.message : String(error);
  return "code" in error && typeof error.code === "string" ? `it cannot be written (${error.code})` : error.message;
}

interface ProgressBar {
  onBytes: (count: number) => void;
  onFile: () => void;
  end: () => void;
}

/** One line on stderr that is drawn over, on a terminal. */
function progressBar(downloads: readonly Download[], io: CliIo): ProgressBar {
  const line = statusLine(io);
  const style = styleFor(io);
  const bytesTotal = downloads.reduce((sum, { file }) => sum + file.size, 0);
  const since = io.now();
  let filesDone = 0;
  let bytesDone = 0;
  let drawnAt = -Infinity;

  function draw(): void {
    if (line === null || io.now() - drawnAt < REDRAW_EVERY) return;
    drawnAt = io.now();
    const seconds = (drawnAt - since) / 1000;
    const bytesPerSecond = seconds > 0 ? bytesDone / seconds : null;
    const secondsLeft =
      bytesPerSecond === null || bytesPerSecond <= 0 ? null : (bytesTotal - bytesDone) / bytesPerSecond;
    const filesTotal = downloads.length;
    const progress = { file: null, filesDone, filesTotal, bytesDone, bytesTotal, bytesPerSecond, secondsLeft };
    line.show(`${filesDone} of ${filesTotal}  ${transferBar(progress, style, io.columns ?? 80)}`);
  }
  return {
    onBytes(count) {
      bytesDone += count;
      draw();
    },
    onFile() {
      filesDone += 1;
      draw();
    },
    end() {
      line?.end();
    },
  };
}
