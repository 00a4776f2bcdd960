import { boolean, integer, pgTable, text, timestamp } from "drizzle-orm/pg-core";
import { at, type TableOptions } from "../users/table.ts";

export type RateLimitsTable = ReturnType<typeof rateLimitsTable>;

/** One row per limited thing, under a keyed hash of its name: when it was hit lately, and how often in all. */
export function rateLimitsTable({ prefix = "" }: TableOptions = {}) {
  return pgTable(`${prefix}rate_limits`, {
    key: text("key").primaryKey(),
    hits: timestamp("hits", { withTimezone: true }).array().notNull(),
    total: integer("total").notNull(),
    admitted: boolean("admitted").notNull(),
    expiresAt: at("expires_at").notNull(),
  });
}
