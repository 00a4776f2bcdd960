import type { SQL } from "drizzle-orm";
import type { Database } from "../../database.ts";
import type { AuditTable } from "./table.ts";

type NewEvent = Omit<AuditTable["$inferInsert"], "at"> & { at: SQL };

export function auditStore(db: Database, events: AuditTable) {
  return {
    async append(event: NewEvent): Promise<void> {
      await db.insert(events).values(event);
    },
  };
}
