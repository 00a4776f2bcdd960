import { index, jsonb, pgTable, text, uuid } from "drizzle-orm/pg-core";
import { at, type TableOptions, type UsersTable, userId } from "../users/table.ts";

export type AuditTable = ReturnType<typeof auditEventsTable>;

/** What happened, to whom, by whom. No foreign keys: events outlive the users they speak of. */
export function auditEventsTable(users: UsersTable, { prefix = "" }: TableOptions = {}) {
  return pgTable(
    `${prefix}audit_events`,
    {
      id: uuid("id").primaryKey().defaultRandom(),
      at: at("at").notNull(),
      action: text("action").notNull(),
      outcome: text("outcome").$type<"success" | "failure">().notNull(),
      actorId: userId(users, "actor_id"),
      subjectId: userId(users, "subject_id"),
      organizationId: uuid("organization_id"),
      ip: text("ip"),
      userAgent: text("user_agent"),
      requestId: text("request_id").notNull(),
      details: jsonb("details").$type<Record<string, string | number | boolean>>().notNull(),
    },
    (table) => [index(`${prefix}audit_events_of_subject`).on(table.subjectId, table.at)],
  );
}
