import { integer, pgTable, text, uuid } from "drizzle-orm/pg-core";
import { at, type TableOptions } from "../users/table.ts";

export type OutboxTable = ReturnType<typeof outboxTable>;

/** Mail that is promised and not yet sent. What it says is sealed, and gone once it is sent or given up. */
export function outboxTable({ prefix = "" }: TableOptions = {}) {
  return pgTable(`${prefix}outbox`, {
    id: uuid("id").primaryKey(),
    kind: text("kind").notNull(),
    recipient: text("recipient"),
    sealed: text("sealed"),
    attempts: integer("attempts").notNull().default(0),
    nextAttemptAt: at("next_attempt_at").notNull(),
    createdAt: at("created_at").notNull(),
    sentAt: at("sent_at"),
    deadAt: at("dead_at"),
    lastError: text("last_error"),
  });
}
