import { readdirSync, readFileSync } from "node:fs";

/** Milliseconds of CPU that a process' threads have had; of those that have ended, nothing. */
export function cpuOf(pid: number): number {
  const folder = `/proc/${pid}/task`;
  const nanoseconds = readdirSync(folder).map((task) => {
    try {
      return Number(readFileSync(`${folder}/${task}/schedstat`, "utf8").split(" ")[0]);
    } catch {
      // It has ended meanwhile.
      return 0;
    }
  });
  return nanoseconds.reduce((sum, one) => sum + one, 0) / 1e6;
}

/** Its resident memory in bytes. */
export function memoryOf(pid: number): number {
  return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) * 1024;
}
