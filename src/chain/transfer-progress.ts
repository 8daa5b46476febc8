/** How far the downloads or uploads of a step are, how fast they go, and when they will be through. Times: ms since 1970. */

/** What people and the API are told. */
export interface TransferProgress {
  /** The file that is under way, the last one begun; null: none is, at this moment. */
  file: string | null;
  filesDone: number;
  filesTotal: number;
  bytesDone: number;
  bytesTotal: number;
  /** Of late; null: not known yet. */
  bytesPerSecond: number | null;
  /** null: not known, or nothing moves. */
  secondsLeft: number | null;
}

/** What has gone over the wire by a time, with what was sent again. */
export interface Sample {
  at: number;
  moved: number;
}

/** Over how long the rate is taken, and how far two samples are apart at least. */
export const RATE_WINDOW = 15_000;
const SAMPLE_EVERY = 250;
/** Less than this tells nothing of a rate. */
const RATE_AFTER = 1_000;

/** The samples with another one, unless the last is too near; of those that the window has left, the last stays. */
export function withSample(samples: readonly Sample[], sample: Sample): readonly Sample[] {
  const last = samples.at(-1);
  if (last !== undefined && sample.at - last.at < SAMPLE_EVERY) return samples;
  const begin = samples.findLastIndex(({ at }) => at <= sample.at - RATE_WINDOW);
  return [...samples.slice(Math.max(0, begin)), sample];
}

/** Bytes a second by a time, over the window: what stands still gets slower. null: too little time has gone by. */
export function rateOf(samples: readonly Sample[], moved: number, now: number): number | null {
  const first = samples.findLast(({ at }) => at <= now - RATE_WINDOW) ?? samples[0];
  if (first === undefined || now - first.at < RATE_AFTER) return null;
  return Math.max(0, Math.round(((moved - first.moved) / (now - first.at)) * 1000));
}

/** A step's transfers, as they are counted. */
export interface TransferCount {
  file: string | null;
  filesDone: number;
  filesTotal: number;
  bytesDone: number;
  /** As far as it was announced: what is really there may be more. */
  bytesTotal: number;
  moved: number;
  samples: readonly Sample[];
}

export function progressOf(count: TransferCount, now: number): TransferProgress {
  const { file, filesDone, filesTotal, bytesDone, moved, samples } = count;
  const bytesTotal = Math.max(bytesDone, count.bytesTotal);
  const rate = rateOf(samples, moved, now);
  const left = bytesTotal - bytesDone;
  const secondsLeft = left === 0 ? 0 : rate === null || rate === 0 ? null : Math.ceil(left / rate);
  return { file, filesDone, filesTotal, bytesDone, bytesTotal, bytesPerSecond: rate, secondsLeft };
}

/** From 0 to 1. */
export function shareOf({ filesDone, filesTotal, bytesDone, bytesTotal }: TransferProgress): number {
  if (bytesTotal > 0) return bytesDone / bytesTotal;
  return filesTotal > 0 ? filesDone / filesTotal : 1;
}
