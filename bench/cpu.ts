import { readdirSync, readFileSync } from "node:fs";

/** Linux counts CPU time in ticks of 10 ms (USER_HZ). */
const TICK_US = 10_000;

/** CPU time of this process so far, in microseconds. */
export function ownCpu(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

/** CPU time of all PostgreSQL processes so far, in microseconds; 0 where there is no /proc. */
export function postgresCpu(): number {
  if (process.platform !== "linux") return 0;
  const ids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return ids.reduce((sum, id) => sum + cpuOfPostgres(id), 0);
}

function cpuOfPostgres(id: string): number {
  try {
    const stat = readFileSync(`/proc/${id}/stat`, "utf8");
    if (!stat.includes("(postgres)")) return 0;
    // After the name in brackets: utime and stime are the 12th and 13th field.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return (Number(fields[11]) + Number(fields[12])) * TICK_US;
  } catch {
    return 0;
  }
}
