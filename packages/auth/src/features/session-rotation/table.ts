import { index, pgTable, text, uuid } from "drizzle-orm/pg-core";
import type { SessionsTable } from "../sessions/table.ts";
import { at, type TableOptions } from "../users/table.ts";

export type RotatedTokensTable = ReturnType<typeof rotatedTokensTable>;

/** The tokens a session had before. Who shows one later than a moment after the exchange is not the browser that was given the next. */
export function rotatedTokensTable(sessions: SessionsTable, { prefix = "" }: TableOptions = {}) {
  return pgTable(
    `${prefix}rotated_tokens`,
    {
      tokenHash: text("token_hash").primaryKey(),
      sessionId: uuid("session_id")
        .notNull()
        .references(() => sessions.id, { onDelete: "cascade" }),
      rotatedAt: at("rotated_at").notNull(),
      /** What it was exchanged for, sealed; gone after the moment of grace. */
      successor: text("successor"),
    },
    (table) => [index(`${prefix}rotated_tokens_of_session`).on(table.sessionId)],
  );
}
