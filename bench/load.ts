import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Load, LoadResult } from "./load-process.ts";

/** The load generator, in a process of its own. */
export function startLoad() {
  const script = fileURLToPath(new URL("./load-process.ts", import.meta.url));
  const child = fork(script, { stdio: "inherit" });
  process.once("exit", () => child.kill("SIGKILL"));
  return {
    run: (load: Load) => answerOf(child, load),
    close: () => child.disconnect(),
  };
}

export type Generator = ReturnType<typeof startLoad>;

function answerOf(child: ChildProcess, load: Load): Promise<LoadResult> {
  return new Promise((resolve, reject) => {
    const died = () => reject(new Error("The load generator died."));
    child.once("exit", died);
    child.once("message", (result: LoadResult) => {
      child.off("exit", died);
      resolve(result);
    });
    child.send(load);
  });
}
