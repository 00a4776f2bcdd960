import { index, pgTable } from "drizzle-orm/pg-core";
import { at, ownerId, type TableOptions, type UsersTable } from "../users/table.ts";

export type AccountDeletionsTable = ReturnType<typeof accountDeletionsTable>;

/** One row per account that waits to be deleted; none once it is done or taken back. */
export function accountDeletionsTable(users: UsersTable, { prefix = "" }: TableOptions = {}) {
  return pgTable(
    `${prefix}account_deletions`,
    {
      userId: ownerId(users).primaryKey(),
      scheduledAt: at("scheduled_at").notNull(),
      dueAt: at("due_at").notNull(),
    },
    (table) => [index(`${prefix}account_deletions_due`).on(table.dueAt)],
  );
}
