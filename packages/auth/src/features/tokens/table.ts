import { sql } from "drizzle-orm";
import { index, integer, jsonb, pgTable, text, uniqueIndex } from "drizzle-orm/pg-core";
import { at, ownerId, type TableOptions, type UsersTable } from "../users/table.ts";

export type TokensTable = ReturnType<typeof tokensTable>;

/**
 * Every one-time secret of the house, hashed. One live token per user and purpose, so the newest wins; but each notice
 * has a "this wasn't me" of its own, or a thief's next change would take the owner's link away.
 */
export function tokensTable(users: UsersTable, { prefix = "" }: TableOptions = {}) {
  return pgTable(
    `${prefix}tokens`,
    {
      tokenHash: text("token_hash").primaryKey(),
      purpose: text("purpose").notNull(),
      userId: ownerId(users).notNull(),
      address: text("address").notNull(),
      flowHash: text("flow_hash"),
      codeHash: text("code_hash"),
      codeTries: integer("code_tries").notNull().default(0),
      details: jsonb("details").$type<Record<string, unknown>>().notNull(),
      createdAt: at("created_at").notNull(),
      expiresAt: at("expires_at").notNull(),
    },
    (table) => [
      uniqueIndex(`${prefix}tokens_one_per_user_and_purpose`)
        .on(table.userId, table.purpose)
        .where(newestWins),
      index(`${prefix}tokens_of_flow`).on(table.flowHash),
      index(`${prefix}tokens_disowning`).on(table.address).where(sql`purpose = 'disown'`),
    ],
  );
}

/** Where one token takes the place of another. Text, not a parameter: PostgreSQL finds the index by it. */
export const newestWins = sql`purpose <> 'disown'`;
