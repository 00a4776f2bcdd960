import { integer, pgTable, text } from "drizzle-orm/pg-core";
import { at, ownerId, type TableOptions, type UsersTable } from "../users/table.ts";

export type TotpTable = ReturnType<typeof totpTable>;

/** The authenticator app of each user who has one. Without a `secret` it is only being set up, and counts for nothing. */
export function totpTable(users: UsersTable, { prefix = "" }: TableOptions = {}) {
  return pgTable(`${prefix}totp`, {
    userId: ownerId(users).primaryKey(),
    /** Sealed, as is `pending`. */
    secret: text("secret"),
    /** The time step of the last code that was accepted: it and all before it are spent. */
    lastStep: integer("last_step"),
    enabledAt: at("enabled_at"),
    pending: text("pending"),
    pendingUntil: at("pending_until"),
  });
}
