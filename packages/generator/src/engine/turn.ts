import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { Refusal } from "../project/refusal.ts";

/** One run at a time in one app: does `work` while holding the turn, and refuses while another process holds it. */
export async function takingTurns<Result>(
  root: string,
  work: () => Promise<Result>,
): Promise<Result> {
  const file = join(root, "node_modules/.auth-rr.pid");
  take(file);
  try {
    return await work();
  } finally {
    rmSync(file, { force: true });
  }
}

function take(file: string): void {
  mkdirSync(dirname(file), { recursive: true });
  const holder = livingHolderOf(file);
  if (holder !== null) refuse(holder);
  rmSync(file, { force: true });
  try {
    writeFileSync(file, String(process.pid), { flag: "wx" });
  } catch {
    refuse(Number(readFileSync(file, "utf8")));
  }
}

function livingHolderOf(file: string): number | null {
  try {
    const pid = Number(readFileSync(file, "utf8"));
    process.kill(pid, 0);
    return pid === process.pid ? null : pid;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM" ? 0 : null;
  }
}

function refuse(pid: number): never {
  throw new Refusal({
    code: "RUNS_ALREADY",
    message: `auth-rr runs here already, as process ${pid}.`,
    cure: "Wait until it is done.",
  });
}
