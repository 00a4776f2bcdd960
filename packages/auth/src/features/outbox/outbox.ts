import { randomUUID } from "node:crypto";
import type { Core } from "../../core.ts";
import { seal } from "../../crypto/seal.ts";
import type { Database } from "../../database.ts";
import type { MailKind, MailOrigin, Mails } from "./mails.ts";
import { outboxStore } from "./store.ts";

/** Promises mail in the transaction of the change it tells of. Sending it is the worker's business. */
export function outbox(core: Core, db: Database = core.db) {
  const store = outboxStore(db, core.outbox, core.now);

  async function promise(row: Parameters<typeof store.insert>[0]): Promise<void> {
    await store.insert(row);
    core.mailIn.add(db);
  }

  return {
    async queue<Kind extends MailKind>(
      kind: Kind,
      recipient: string,
      mail: Mails[Kind] & MailOrigin,
    ): Promise<void> {
      const id = randomUUID();
      const sealed = seal(
        core.keys.for("seal"),
        JSON.stringify(mail),
        mailContext(kind, id, recipient),
      );
      await promise({ id, kind, recipient, sealed });
    },

    /** Mail to nobody: does the work of `queue`, so that an unknown address takes as long as a known one. */
    async queueNothing(kind: MailKind): Promise<void> {
      const id = randomUUID();
      const sealed = seal(core.keys.for("seal"), "nothing", mailContext(kind, id, ""));
      await promise({ id, kind, recipient: null, sealed });
    },

    /** Drops all mail to an address that is no longer anybody's, sent or not. */
    forget: store.deleteTo,

    undelivered: store.undelivered,

    deleteSent: store.deleteSent,
  };
}

/** What a sealed mail is bound to: moved to another row, kind or recipient it stays shut. */
export function mailContext(kind: string, id: string, recipient: string): string {
  return `mail\0${kind}\0${id}\0${recipient}`;
}
