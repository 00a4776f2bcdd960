import { boolean, pgTable, text } from "drizzle-orm/pg-core";
import { at, ownerId, type TableOptions, type UsersTable } from "../users/table.ts";

export type PasswordsTable = ReturnType<typeof passwordsTable>;

/** The password hash of each user who has one. No row means no password, which no input ever matches. */
export function passwordsTable(users: UsersTable, { prefix = "" }: TableOptions = {}) {
  return pgTable(`${prefix}passwords`, {
    userId: ownerId(users).primaryKey(),
    hash: text("hash").notNull(),
    updatedAt: at("updated_at").notNull(),
    /** Somebody else chose or knows it: the next login ends at the page for a new one. */
    mustChange: boolean("must_change").notNull().default(false),
  });
}
