import { Worker } from "node:worker_threads";
import type { Job, JobAnswer, ThreadMessage } from "./hash-worker.ts";

/** The thread is gone; `started` tells whether it ever stood ready for work. */
export class ThreadDied extends Error {
  override name = "ThreadDied";
  started: boolean;

  constructor(started: boolean, cause: unknown) {
    const why = cause instanceof Error ? cause.message : `exit code ${cause}`;
    super(`A hash thread ${started ? "died" : "could not start"}: ${why}`, { cause });
    this.started = started;
  }
}

/** Takes one job at a time; rejects with ThreadDied alone. */
export interface HashThread {
  run(job: Job): Promise<JobAnswer>;
}

/** A thread keeps the process alive while it has a job and not a moment longer. */
export function startHashThread(script: URL, onDeath: (thread: HashThread) => void): HashThread {
  const worker = newWorker(script);
  const thread = { run };
  let job: PromiseWithResolvers<JobAnswer> | undefined;
  let started = false;
  let cause: unknown;

  worker.on("message", (message: ThreadMessage) => {
    if (message === "ready") started = true;
    else job?.resolve(message);
  });
  worker.on("error", (error) => {
    cause = error;
  });
  worker.on("exit", (code) => {
    onDeath(thread);
    job?.reject(new ThreadDied(started, cause ?? code));
  });
  return thread;

  async function run(next: Job): Promise<JobAnswer> {
    job = Promise.withResolvers();
    worker.ref();
    worker.postMessage(next);
    try {
      return await job.promise;
    } finally {
      worker.unref();
    }
  }
}

/** Without the app's own preloads, which would cost every thread the start of the app. */
function newWorker(script: URL): Worker {
  try {
    return new Worker(script, { name: "auth-hash", workerData: "auth-hash", execArgv: [] });
  } catch (error) {
    throw new ThreadDied(false, error);
  }
}
