import { eq, isNull, lt, or, type SQL, sql } from "drizzle-orm";
import { after, before, type Database } from "../../database.ts";
import { type Duration, days } from "../../duration.ts";
import type { OutboxTable } from "./table.ts";

export type OutboxRow = OutboxTable["$inferSelect"];

export function outboxStore(db: Database, outbox: OutboxTable, now: SQL) {
  return {
    async insert(row: {
      id: string;
      kind: string;
      recipient: string | null;
      sealed: string | null;
    }) {
      await db.insert(outbox).values({ ...row, nextAttemptAt: now, createdAt: now });
    },

    /** Leases due mails for a while; two workers never get the same one, and a dead worker's come back. */
    async claim(count: number, lease: Duration): Promise<OutboxRow[]> {
      const due = sql`select ${outbox.id} from ${outbox}
        where ${outbox.sentAt} is null and ${outbox.deadAt} is null and ${outbox.nextAttemptAt} <= ${now}
        order by ${outbox.createdAt} limit ${count} for update skip locked`;
      const rows = await db
        .update(outbox)
        .set({ attempts: sql`${outbox.attempts} + 1`, nextAttemptAt: after(now, lease) })
        .where(sql`${outbox.id} in (${due})`)
        .returning({ mail: outbox });
      return rows.map(({ mail }) => mail);
    },

    async markSent(id: string): Promise<void> {
      await db.update(outbox).set({ sentAt: now, sealed: null }).where(eq(outbox.id, id));
    },

    async retryLater(id: string, wait: Duration, lastError: string): Promise<void> {
      await db
        .update(outbox)
        .set({ nextAttemptAt: after(now, wait), lastError })
        .where(eq(outbox.id, id));
    },

    async bury(id: string, lastError: string): Promise<void> {
      await db
        .update(outbox)
        .set({ deadAt: now, sealed: null, lastError })
        .where(eq(outbox.id, id));
    },

    async deleteTo(recipient: string): Promise<void> {
      await db.delete(outbox).where(eq(outbox.recipient, recipient));
    },

    async undelivered(): Promise<{ waiting: number; dead: number }> {
      const waiting = sql<number>`(count(*) filter (where ${outbox.deadAt} is null))::int`;
      const dead = sql<number>`count(${outbox.deadAt})::int`;
      const [counted] = await db
        .select({ waiting, dead })
        .from(outbox)
        .where(isNull(outbox.sentAt));
      return counted as { waiting: number; dead: number };
    },

    /** Also what was given up a month ago: its row holds an address. */
    async deleteSent(): Promise<void> {
      const sent = lt(outbox.sentAt, before(now, days(1)));
      const dead = lt(outbox.deadAt, before(now, days(30)));
      await db.delete(outbox).where(or(sent, dead));
    },
  };
}
