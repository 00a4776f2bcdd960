import { execFileSync, spawn } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import type { Packed } from "./packed.ts";

export interface Host {
  root: string;
  /** Runs a program in the app; throws with all it said if it fails. */
  run(command: string, ...args: string[]): string;
  /** The exit code and what was said, whatever it is. */
  cli(...args: string[]): { status: number; output: string };
  read(path: string): string;
  edit(path: string, from: string, to: string): void;
  commit(): void;
}

/** A plain app outside the repository, with the packed packages and nothing of ours in its files. */
export function makeHost(
  name: string,
  packed: Packed,
  versions: Record<string, string> = {},
): Host {
  const root = mkdtempSync(join(tmpdir(), `auth-rr-app-${name}-`));
  cpSync(join(import.meta.dirname, "../../../fixtures/hosts", name), root, { recursive: true });
  const host = hostAt(root);
  const manifest = JSON.parse(host.read("package.json"));
  for (const group of [manifest.dependencies, manifest.devDependencies]) {
    for (const name of Object.keys(group)) group[name] = versions[name] ?? group[name];
  }
  // Not in a registry yet: what is named already is left as it is.
  manifest.dependencies["@auth-rr/auth"] = `file:${packed.auth}`;
  manifest.dependencies["@auth-rr/auth-ui"] = `file:${packed["auth-ui"]}`;
  manifest.devDependencies["auth-rr"] = `file:${packed.generator}`;
  writeFileSync(join(root, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);
  host.run("npm", "install", "--no-audit", "--no-fund", "--loglevel=error");
  host.run("git", "init", "--quiet");
  host.commit();
  return host;
}

function hostAt(root: string): Host {
  const env = {
    ...process.env,
    CI: "1",
    GIT_AUTHOR_NAME: "A",
    GIT_AUTHOR_EMAIL: "a@example.com",
    GIT_COMMITTER_NAME: "A",
    GIT_COMMITTER_EMAIL: "a@example.com",
  };
  function run(command: string, ...args: string[]): string {
    try {
      return execFileSync(command, args, { cwd: root, env, encoding: "utf8", stdio: "pipe" });
    } catch (error) {
      const { stdout, stderr } = error as { stdout: string; stderr: string };
      throw new Error(`${command} ${args.join(" ")}\n${stdout}\n${stderr}`);
    }
  }
  return {
    root,
    run,
    cli(...args) {
      try {
        return {
          status: 0,
          output: execFileSync("npx", ["auth-rr", ...args], {
            cwd: root,
            env,
            encoding: "utf8",
            stdio: "pipe",
          }),
        };
      } catch (error) {
        const { status, stdout, stderr } = error as {
          status: number;
          stdout: string;
          stderr: string;
        };
        return { status, output: `${stdout}\n${stderr}` };
      }
    },
    read: (path) => readFileSync(join(root, path), "utf8"),
    edit(path, from, to) {
      const before = readFileSync(join(root, path), "utf8");
      if (!before.includes(from)) throw new Error(`${path} has no ${from}`);
      writeFileSync(join(root, path), before.replace(from, to));
    },
    commit() {
      run("git", "add", "--all");
      run("git", "commit", "--quiet", "--message", "As it is");
    },
  };
}

/** Starts the built app on a free port; mail stays in its mailbox. */
export async function start({ root }: Host): Promise<{ origin: string; stop(): Promise<void> }> {
  const port = await freePort();
  const origin = `http://localhost:${port}`;
  const child = spawn("node_modules/.bin/react-router-serve", ["build/server/index.js"], {
    cwd: root,
    env: {
      ...process.env,
      NODE_ENV: "production",
      PORT: String(port),
      HOST: "localhost",
      APP_ORIGIN: origin,
      AUTH_SECRET: "0123456789abcdefghijklmnopqrstuvwxyz-A",
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  child.stdout.on("data", (chunk) => (said += chunk));
  child.stderr.on("data", (chunk) => (said += chunk));
  for (let tries = 0; ; tries += 1) {
    const answer = await fetch(`${origin}/readyz`).catch(() => null);
    if (answer?.ok) break;
    if (tries > 100 || child.exitCode !== null) throw new Error(`The app did not start:\n${said}`);
    await setTimeout(100);
  }
  return {
    origin,
    async stop() {
      const ended = new Promise((resolve) => child.once("exit", resolve));
      child.kill("SIGTERM");
      await Promise.race([ended, setTimeout(5_000)]);
      child.kill("SIGKILL");
    },
  };
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, "localhost", () => {
      const { port } = probe.address() as { port: number };
      probe.close(() => resolve(port));
    });
  });
}
