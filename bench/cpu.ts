import { readdirSync, readFileSync } from "node:fs";

/** Linux counts CPU time in ticks of 10 ms (USER_HZ). */
const TICK_US = 10_000;

/** CPU time of this process so far, in microseconds. */
export function ownCpu(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

/** CPU time of a PostgreSQL so far, in microseconds, by the process id of its postmaster; 0 where there is no /proc. */
export function postgresCpu(postmaster: number): number {
  if (process.platform !== "linux") return 0;
  const ids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return ids.reduce((sum, id) => sum + cpuOfChild(id, postmaster), 0);
}

function cpuOfChild(id: string, postmaster: number): number {
  try {
    const stat = readFileSync(`/proc/${id}/stat`, "utf8");
    // After the name in brackets: the parent is the 2nd field, utime and stime are the 12th and 13th.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    if (Number(fields[1]) !== postmaster) return 0;
    return (Number(fields[11]) + Number(fields[12])) * TICK_US;
  } catch {
    return 0;
  }
}
