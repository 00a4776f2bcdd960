import { spawn } from "node:child_process";

/** Runs a program in the app's folder. Null if it ended well, else the end of what it said. */
export function run(
  root: string,
  command: string,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<string | null> {
  return new Promise((resolve) => {
    let output = "";
    const child = spawn(command, args, {
      cwd: root,
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "pipe"],
      shell: process.platform === "win32",
    });
    const keep = (chunk: Buffer) => {
      output = (output + chunk).slice(-MAX_OUTPUT);
    };
    child.stdout.on("data", keep);
    child.stderr.on("data", keep);
    child.on("error", (error: NodeJS.ErrnoException) => {
      resolve(error.code === "ENOENT" ? `${command} is not installed.` : error.message);
    });
    child.on("close", (code) =>
      resolve(code === 0 ? null : output.trim() || `It ended with ${code}.`),
    );
  });
}

const MAX_OUTPUT = 4_000;
