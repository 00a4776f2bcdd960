import type { Core } from "../../core.ts";
import { open } from "../../crypto/seal.ts";
import { type Duration, hours, minutes, seconds } from "../../duration.ts";
import { withDeadline } from "../../failures.ts";
import type { MailContent, MailKind, MailMessage, MailTemplates, MailTransport } from "./mails.ts";
import { mailContext } from "./outbox.ts";
import { type OutboxRow, outboxStore } from "./store.ts";
import type { StartMailWorker } from "./worker.ts";

const BATCH = 10;

/** A mail whose worker died is sent again after this. */
export const LEASE = minutes(2);

/** Well within the lease, or another node would send the mail as well. */
const SENDING = minutes(1);

const FINDING_PLACE = seconds(5);

/** Waits after the first, second … failure; after the last the mail is dead. About a day in all. */
const WAITS: Duration[] = [
  seconds(10),
  minutes(1),
  minutes(5),
  minutes(30),
  hours(2),
  hours(6),
  hours(12),
];

export interface MailConfig {
  from: string;
  templates: Partial<MailTemplates>;
  transport: MailTransport;
  /** Instead of a timer in this process, e.g. `pgBoss(boss)` of `@auth-rr/auth/pg-boss`. */
  worker?: StartMailWorker;
}

/** Sends everything that is due and says how many mails it handled; runs on any number of nodes at once. */
export async function deliverDue(core: Core, mail: MailConfig): Promise<number> {
  const store = outboxStore(core.db, core.outbox, core.now);
  const due = await store.claim(BATCH, LEASE);
  // All at once, because the lease of all began at once.
  await Promise.all(due.map(deliver));
  return due.length;

  async function deliver(row: OutboxRow): Promise<void> {
    try {
      const { recipient: to } = row;
      if (to) await send({ ...(await render(row, to)), from: mail.from, to });
      await store.markSent(row.id);
    } catch (error) {
      await failed(row, nameOf(error));
    }
  }

  function send(message: MailMessage): Promise<void> {
    return withDeadline(mail.transport.send(message), SENDING);
  }

  async function failed(row: OutboxRow, error: string): Promise<void> {
    const wait = WAITS[row.attempts - 1];
    if (wait) return store.retryLater(row.id, wait, error);
    console.error(`auth-rr: gave up on mail ${row.id} (${row.kind}): ${error}`);
    return store.bury(row.id, error);
  }

  async function render(row: OutboxRow, to: string): Promise<MailContent> {
    const context = mailContext(row.kind, row.id, to);
    const content = open(core.keys.for("seal"), row.sealed ?? "", context);
    if (content === null) throw new Error("the mail was sealed with a secret that is gone");
    const template = mail.templates[row.kind as MailKind] as (view: unknown) => MailContent;
    const { ip, ...said } = JSON.parse(content);
    return template({
      ...said,
      appName: core.appName,
      at: row.createdAt,
      place: await placeOf(ip),
    });
  }

  async function placeOf(ip: string | null | undefined): Promise<string | null> {
    // A mail without a place is better than none.
    return ip ? withDeadline(core.placeOf(ip), FINDING_PLACE).catch(() => null) : null;
  }
}

/** Enough to find the fault; never the message, which may quote the mail. */
function nameOf(error: unknown): string {
  if (!(error instanceof Error)) return "unknown";
  const { code, responseCode } = error as { code?: unknown; responseCode?: unknown };
  return [error.name, code, responseCode].filter((part) => part !== undefined).join(" ");
}
