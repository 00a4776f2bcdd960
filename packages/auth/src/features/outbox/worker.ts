import type { Core } from "../../core.ts";
import { seconds } from "../../duration.ts";
import { withDeadline } from "../../failures.ts";
import { deliverDue, LEASE, type MailConfig } from "./delivery.ts";

const POLL = seconds(5);

export interface MailWorker {
  /** Something was queued: look now. */
  kick(): void;
  /** Looks no more. */
  stop(): void;
}

/** Runs a worker that is given the work: it sends what is due and says how many mails it handled. */
export type StartMailWorker = (deliver: () => Promise<number>) => MailWorker;

/** Sends mail from inside the app's process: at once after a commit, and every few seconds whatever was left. */
export function startMailWorker(core: Core, mail: MailConfig): MailWorker {
  let running = false;
  let again = false;

  async function run(): Promise<void> {
    if (running) {
      again = true;
      return;
    }
    running = true;
    try {
      do {
        again = false;
        // A query that a dead connection swallowed never ends, and must not be the last this worker sends.
        while ((await withDeadline(deliverDue(core, mail), LEASE)) > 0);
      } while (again);
    } catch {
      // The database is away; what is queued waits there and the next poll finds it.
    } finally {
      running = false;
    }
  }

  const timer = setInterval(run, POLL * 1000).unref();
  return { kick: () => void run(), stop: () => clearInterval(timer) };
}
