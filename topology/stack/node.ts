import { setTimeout } from "node:timers/promises";
import { programOf } from "./build.ts";
import { type Child, startChild } from "./child.ts";

export interface NodeOptions {
  folder: string;
  port: number;
  env: NodeJS.ProcessEnv;
}

export interface StartOptions {
  env?: NodeJS.ProcessEnv;
  /** Flags for Node.js itself. */
  flags?: string[];
}

/** One process of the app's production build; the same port however often it is started. */
export function appNode({ folder, port, env }: NodeOptions) {
  const program = [programOf("serve", "dist/cli.js"), "./build/server/index.js"];
  let child: Child | undefined;
  const before = { stdout: "", stderr: "" };
  let heard = 0;

  function keep({ said }: Child): void {
    before.stdout += said.stdout;
    before.stderr += said.stderr;
  }

  async function status(path: string): Promise<number> {
    const response = await fetch(`http://127.0.0.1:${port}${path}`).catch(() => null);
    return response?.status ?? 0;
  }

  async function until(path: string): Promise<void> {
    while ((await status(path)) !== 200) {
      if (!child?.isRunning()) throw new Error(`A node did not start:\n${child?.said.stderr}`);
      await setTimeout(50);
    }
  }

  return {
    port,
    status,
    /** Resolves as soon as the process answers, whether or not it has a database. */
    async start({ env: more = {}, flags = [] }: StartOptions = {}): Promise<void> {
      if (child) keep(child);
      child = startChild(process.execPath, [...flags, ...program], {
        cwd: folder,
        env: { ...env, ...more, PORT: String(port) },
      });
      await until("/healthz");
    },
    ready: () => until("/readyz"),
    async stop(signal: NodeJS.Signals = "SIGKILL"): Promise<void> {
      await child?.end(signal);
    },
    isRunning: () => child?.isRunning() === true,
    output,
    /** What it wrote to standard error since the last time this was asked: forgotten rejections, crashes, surprises. */
    complaints(): string {
      const { stderr } = output();
      const news = stderr.slice(heard);
      heard = stderr.length;
      // react-router-serve ends with an empty line.
      return news.trim();
    },
  };

  /** All it ever printed, restarts included. */
  function output() {
    const { stdout = "", stderr = "" } = child?.said ?? {};
    return { stdout: before.stdout + stdout, stderr: before.stderr + stderr };
  }
}

export type AppNode = ReturnType<typeof appNode>;
