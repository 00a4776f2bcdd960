import { hours, minutes } from "../../duration.ts";
import type { StartMailWorker } from "./worker.ts";

/** What we need of pg-boss 12; your started `PgBoss` is one. */
export interface Boss {
  createQueue(name: string, options: QueueOptions): Promise<void>;
  send(name: string): Promise<string | null>;
  work(name: string, handler: () => Promise<void>): Promise<string>;
  schedule(name: string, cron: string): Promise<void>;
  offWork(name: string): Promise<void>;
}

interface QueueOptions {
  policy: string;
  expireInSeconds: number;
  deleteAfterSeconds: number;
}

const QUEUE = "auth-rr-mail";

/** Whatever was to be tried again is looked for this often, by one node of all. */
const EVERY_MINUTE = "* * * * *";

/** "short": one job waits at a time, for a job says only that there is mail. What the mail says stays sealed in the outbox. */
const OPTIONS: QueueOptions = {
  policy: "short",
  expireInSeconds: minutes(5),
  deleteAfterSeconds: hours(1),
};

/** Delivers mail by jobs of pg-boss instead of a timer in each process: for `mail.worker` of createAuth. */
export function pgBoss(boss: Boss): StartMailWorker {
  return (deliver) => {
    const ready = start(boss, async () => {
      while ((await deliver()) > 0);
    });
    ready.catch(complain);
    return {
      // A job that could not be made is made good by the one of the next minute.
      kick: () => void ready.then(() => boss.send(QUEUE)).catch(complain),
      stop: () => void ready.then(() => boss.offWork(QUEUE)).catch(complain),
    };
  };
}

async function start(boss: Boss, work: () => Promise<void>): Promise<void> {
  await boss.createQueue(QUEUE, OPTIONS);
  await boss.work(QUEUE, work);
  await boss.schedule(QUEUE, EVERY_MINUTE);
}

/** The name alone: a message may quote what it failed on. */
function complain(error: unknown): void {
  const { name } = error instanceof Error ? error : { name: "unknown" };
  console.error(`auth-rr: pg-boss does not take jobs for mail: ${name}. Was it started?`);
}
