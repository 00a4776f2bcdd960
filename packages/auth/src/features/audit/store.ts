import { and, desc, eq, type SQL } from "drizzle-orm";
import type { Core } from "../../core.ts";
import type { Database } from "../../database.ts";
import type { AuditTable } from "./table.ts";

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
  };
}
