import { pgTable, text } from "drizzle-orm/pg-core";
import { at, ownerId, type TableOptions, type UsersTable } from "../users/table.ts";

export type BackupCodesTable = ReturnType<typeof backupCodesTable>;

/** The unused backup codes of each user, hashed: one row, so that a new set takes the place of the old one at once. */
export function backupCodesTable(users: UsersTable, { prefix = "" }: TableOptions = {}) {
  return pgTable(`${prefix}backup_codes`, {
    userId: ownerId(users).primaryKey(),
    /** What the hashes are keyed with, sealed: a copy of the database alone reveals no code. */
    key: text("key").notNull(),
    hashes: text("hashes").array().notNull(),
    createdAt: at("created_at").notNull(),
  });
}
