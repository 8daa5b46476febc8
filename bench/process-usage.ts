/** What a process has used so far, from /proc (Linux). */
import { execFileSync } from "node:child_process";
import { readFile } from "node:fs/promises";

export interface Usage {
  residentMiB: number;
  /** The most it ever had. */
  peakMiB: number;
  /** User and system time of all its threads. */
  cpuMs: number;
}

/** Throws where there is no such process, or no /proc. */
export async function usageOf(pid: number): Promise<Usage> {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  const stat = await readFile(`/proc/${pid}/stat`, "utf8");
  // After the name in brackets: the state is the first field, utime and stime are the 12th and 13th.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const ticks = Number(fields[11]) + Number(fields[12]);
  const mib = (key: string): number => Number(new RegExp(`^${key}:\\s+(\\d+) kB$`, "m").exec(status)?.[1]) / 1024;
  return { residentMiB: mib("VmRSS"), peakMiB: mib("VmHWM"), cpuMs: (ticks * 1_000) / clockTicks() };
}

function clockTicks(): number {
  return Number(execFileSync("getconf", ["CLK_TCK"], { encoding: "utf8" }));
}
