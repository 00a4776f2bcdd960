import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const SCRIPT = fileURLToPath(new URL("./postgres-process.ts", import.meta.url));

/** A real PostgreSQL of its own on a free port, gone when `close` is called or this process ends. */
export async function startPostgres() {
  const child = spawn(process.execPath, [SCRIPT], { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();

  async function answer(): Promise<string> {
    const { value, done } = await lines.next();
    if (done) throw new Error("PostgreSQL for the tests did not start; the reason is above.");
    return value;
  }

  async function order(word: "start" | "stop"): Promise<void> {
    child.stdin.write(`${word}\n`);
    await answer();
  }

  return {
    url: await answer(),
    stop: () => order("stop"),
    start: () => order("start"),
    async close(): Promise<void> {
      child.stdin.end();
      if (child.exitCode === null) await once(child, "exit");
    },
  };
}
