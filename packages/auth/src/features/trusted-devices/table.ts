import { index, pgTable, text, uuid } from "drizzle-orm/pg-core";
import { at, ownerId, type TableOptions, type UsersTable } from "../users/table.ts";

export type TrustedDevicesTable = ReturnType<typeof trustedDevicesTable>;

/** One row per browser from which a user's logins owe no second factor. */
export function trustedDevicesTable(users: UsersTable, { prefix = "" }: TableOptions = {}) {
  return pgTable(
    `${prefix}trusted_devices`,
    {
      id: uuid("id").primaryKey().defaultRandom(),
      userId: ownerId(users).notNull(),
      tokenHash: text("token_hash").notNull().unique(),
      device: text("device").notNull(),
      ip: text("ip"),
      createdAt: at("created_at").notNull(),
      lastUsedAt: at("last_used_at").notNull(),
      expiresAt: at("expires_at").notNull(),
    },
    (table) => [index(`${prefix}trusted_devices_of_user`).on(table.userId)],
  );
}
