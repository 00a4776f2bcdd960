import { spawn } from "node:child_process";
import { once } from "node:events";

const IS_ROOT = process.getuid?.() === 0;

/** PostgreSQL and pgbouncer refuse to run as root. */
const AS_POSTGRES = IS_ROOT ? ["--reuid=postgres", "--regid=postgres", "--init-groups"] : [];

export interface ChildOptions {
  asPostgres?: boolean;
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  /** What ends it at once and with all that belongs to it. */
  endsBy?: "KILL" | "QUIT";
}

/**
 * A process that never outlives this one: whatever ends this one, SIGKILL included, the kernel sends it
 * its signal (prctl(2), PR_SET_PDEATHSIG).
 */
export function startChild(command: string, args: string[], options: ChildOptions = {}) {
  const { asPostgres = false, endsBy = "KILL", ...rest } = options;
  const identity = asPostgres ? AS_POSTGRES : [];
  const child = spawn("setpriv", [...identity, `--pdeathsig=${endsBy}`, command, ...args], {
    ...rest,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const said = { stdout: "", stderr: "" };
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    said.stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    said.stderr += text;
  });
  const ended = once(child, "exit");

  return {
    said,
    ended,
    isRunning: () => child.exitCode === null && child.signalCode === null,
    async end(signal: NodeJS.Signals = `SIG${endsBy}`): Promise<void> {
      child.kill(signal);
      await ended;
    },
  };
}

export type Child = ReturnType<typeof startChild>;

/** Runs a command to its end; rejects with what it said when it failed. */
export async function runToEnd(command: string, args: string[], options: ChildOptions = {}) {
  const child = startChild(command, args, options);
  const [code] = await child.ended;
  if (code !== 0) throw new Error(`${command} failed:\n${child.said.stdout}${child.said.stderr}`);
}
