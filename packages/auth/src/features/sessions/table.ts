import { boolean, index, pgTable, smallint, text, uuid } from "drizzle-orm/pg-core";
import { at, ownerId, type TableOptions, type UsersTable, userId } from "../users/table.ts";

export type SessionsTable = ReturnType<typeof sessionsTable>;

/** One row per signed-in browser. A row always means fully signed in. */
export function sessionsTable(users: UsersTable, { prefix = "" }: TableOptions = {}) {
  return pgTable(
    `${prefix}sessions`,
    {
      id: uuid("id").primaryKey().defaultRandom(),
      tokenHash: text("token_hash").notNull().unique(),
      /** Since when the browser holds this token; null where it is the first one. */
      tokenSince: at("token_since"),
      userId: ownerId(users).notNull(),
      /** How the visitor proved who they are: `amr` of RFC 8176. */
      amr: text("amr").array().notNull(),
      aal: smallint("aal").$type<1 | 2>().notNull(),
      persistent: boolean("persistent").notNull(),
      authenticatedAt: at("authenticated_at").notNull(),
      steppedUpAt: at("stepped_up_at"),
      createdAt: at("created_at").notNull(),
      lastSeenAt: at("last_seen_at").notNull(),
      ip: text("ip"),
      userAgent: text("user_agent"),
      device: text("device").notNull(),
      activeOrganizationId: uuid("active_organization_id"),
      impersonatorId: userId(users, "impersonator_id"),
    },
    // lastSeenAt moves all the time, so it carries no index: its updates stay on the page (HOT).
    (table) => [index(`${prefix}sessions_of_user`).on(table.userId)],
  );
}
