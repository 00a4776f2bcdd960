import { and, desc, eq, type SQL, sql } from "drizzle-orm";
import type { Core } from "../../core.ts";
import type { Database } from "../../database.ts";
import type { AuditTable } from "./table.ts";

export type EventRow = AuditTable["$inferSelect"];

export interface Page {
  /** The id of the last event of the page before. */
  before?: string;
  count?: number;
}

type NewEvent = Omit<AuditTable["$inferInsert"], "at"> & { at: SQL };

export function auditStore(core: Core, db: Database) {
  return {
    /** From where the user did this last, the newest first. */
    recent(action: string, subjectId: string, count: number) {
      const { auditEvents: events } = core;
      const { ip, userAgent } = events;
      const mine = and(eq(events.subjectId, subjectId), eq(events.action, action));
      return db
        .select({ ip, userAgent })
        .from(events)
        .where(mine)
        .orderBy(desc(events.at))
        .limit(count);
    },

    async append(event: NewEvent): Promise<void> {
      await db
        .insert(core.auditEvents)
        .values(event)
        .prepare(core.statementName("audit event"))
        .execute();
    },

    /** A page of the events about a user, the newest first, from after an event of theirs on; all that follow without a count. */
    async page(subjectId: string, { before, count }: Page = {}): Promise<EventRow[]> {
      const { auditEvents: events } = core;
      const cursor = sql`(select at from ${events} where id = ${before}::uuid and subject_id = ${subjectId})`;
      // Events of one transaction share their time, so the id decides among them.
      const older = sql`${events.at} <= ${cursor} and (${events.at} < ${cursor} or ${events.id} < ${before}::uuid)`;
      const found = db
        .select({ event: events })
        .from(events)
        .where(and(eq(events.subjectId, subjectId), before ? older : undefined))
        .orderBy(desc(events.at), desc(events.id));
      return (await (count ? found.limit(count) : found)).map(({ event }) => event);
    },
  };
}
