import type { SQL } from "drizzle-orm";
import type { Core } from "../../core.ts";
import type { Database } from "../../database.ts";
import type { AuditTable } from "./table.ts";

type NewEvent = Omit<AuditTable["$inferInsert"], "at"> & { at: SQL };

export function auditStore(core: Core, db: Database) {
  return {
    async append(event: NewEvent): Promise<void> {
      await db
        .insert(core.auditEvents)
        .values(event)
        .prepare(core.statementName("audit event"))
        .execute();
    },
  };
}
