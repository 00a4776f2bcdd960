import { createRequire } from "node:module";
import { availableParallelism } from "node:os";
import { pathToFileURL } from "node:url";
import { hashQueue } from "./hash-queue.ts";
import { type HashThread, startHashThread, ThreadDied } from "./hash-thread.ts";
import type { Job, JobResult } from "./hash-worker.ts";

/** 64 hashes of 12 ms on two threads are done in 0.4 s; whoever waits longer than 2 s is better told to come back. */
const LIMITS = { waiting: 64, waitMs: 2_000 };

/** Half of libuv's four threads, so files and DNS get through where no thread of ours can start. */
const LANES_IN_PROCESS = 2;

/** A core is left to the event loop; on one or two cores two niced threads were measured to serve best. */
const THREADS = Math.max(2, availableParallelism() - 1);

const SCRIPT = findScript(import.meta.url);

/** Runs one job away from the event loop and from libuv's pool; throws HashQueueFull when too many wait. */
export const runHashJob = hashPool({ script: SCRIPT, threads: THREADS });

/**
 * Threads are started by the first jobs that need them. One that dies is replaced and its job tried once more;
 * where none can start, jobs run two at a time on libuv's pool instead.
 */
export function hashPool({ script, threads }: { script: URL; threads: number }) {
  const threaded = hashQueue({ lanes: threads, ...LIMITS });
  const inProcess = hashQueue({ lanes: LANES_IN_PROCESS, ...LIMITS });
  const idle = new Set<HashThread>();
  let threadsStart: boolean | undefined;
  return run;

  function run<J extends Job>(job: J): Promise<JobResult<J>> {
    return threadsStart === false
      ? inProcess(() => runInProcess(job))
      : threaded(() => runOnThread(job));
  }

  async function runOnThread<J extends Job>(job: J, triesLeft = 2): Promise<JobResult<J>> {
    try {
      return await runOnce(job);
    } catch (error) {
      if (!(error instanceof ThreadDied)) throw error;
      if (!error.started) return withoutThread(job, error);
      if (triesLeft > 1) return runOnThread(job, triesLeft - 1);
      throw error;
    }
  }

  async function runOnce<J extends Job>(job: J): Promise<JobResult<J>> {
    const [thread = startHashThread(script, (dead) => idle.delete(dead))] = idle;
    idle.delete(thread);
    const answer = await thread.run(job);
    threadsStart = true;
    idle.add(thread);
    if (!answer.ok) throw new Error(`The password could not be hashed: ${answer.message}`);
    return answer.value as JobResult<J>;
  }

  /** One failure to start may be a shortage of the moment; a failure of the first is how this machine is. */
  function withoutThread<J extends Job>(job: J, { message }: ThreadDied): Promise<JobResult<J>> {
    if (threadsStart === undefined) {
      threadsStart = false;
      console.warn(
        `auth: passwords are hashed inside the app's process, two at a time. ${message}`,
      );
    }
    return inProcess(() => runInProcess(job));
  }
}

/**
 * The one file that knows how to hash. It is found by the package's name, because an app's build may have moved the
 * file at `here` into a bundle; the source is what tests run from.
 */
function findScript(here: string): URL {
  /* v8 ignore start -- @preserve: the built package, whose tests run outside of the unit suite. */
  if (!here.endsWith(".ts")) {
    return pathToFileURL(createRequire(here).resolve("@auth-rr/auth/hash-worker"));
  }
  /* v8 ignore stop -- @preserve */
  return new URL("./hash-worker.ts", here);
}

/** Imported from where it is, so that no bundler has to cope with the native code behind it. */
async function runInProcess<J extends Job>(job: J): Promise<JobResult<J>> {
  const worker: typeof import("./hash-worker.ts") = await import(/* @vite-ignore */ SCRIPT.href);
  return worker.runJob(job, worker.onLibuv);
}
