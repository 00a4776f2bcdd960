import {
  auditEventsTable,
  outboxTable,
  passwordsTable,
  rateLimitsTable,
  sessionsTable,
  tokensTable,
} from "@auth-rr/auth/schema";
import { boolean, index, pgTable, text, timestamp, uuid } from "drizzle-orm/pg-core";

const at = (name: string) => timestamp(name, { withTimezone: true });

export const users = pgTable("users", {
  id: uuid("id").primaryKey().defaultRandom(),
  email: text("email").notNull().unique(),
  emailVerifiedAt: at("email_verified_at"),
  disabledAt: at("disabled_at"),
  createdAt: at("created_at").notNull().defaultNow(),
  name: text("name"),
});

export const sessions = sessionsTable(users);
export const tokens = tokensTable(users);
export const rateLimits = rateLimitsTable();
export const auditEvents = auditEventsTable(users);
export const outbox = outboxTable();
export const passwords = passwordsTable(users);

// The core schema of Better Auth 1.7, under names of its own.
const moments = { createdAt: at("created_at").notNull(), updatedAt: at("updated_at").notNull() };

export const baUser = pgTable("ba_user", {
  id: text("id").primaryKey(),
  name: text("name").notNull(),
  email: text("email").notNull().unique(),
  emailVerified: boolean("email_verified").notNull(),
  image: text("image"),
  ...moments,
});

const ofUser = () =>
  text("user_id")
    .notNull()
    .references(() => baUser.id, { onDelete: "cascade" });

export const baSession = pgTable(
  "ba_session",
  {
    id: text("id").primaryKey(),
    expiresAt: at("expires_at").notNull(),
    token: text("token").notNull().unique(),
    ipAddress: text("ip_address"),
    userAgent: text("user_agent"),
    userId: ofUser(),
    ...moments,
  },
  (table) => [index("ba_session_of_user").on(table.userId)],
);

export const baAccount = pgTable(
  "ba_account",
  {
    id: text("id").primaryKey(),
    accountId: text("account_id").notNull(),
    providerId: text("provider_id").notNull(),
    userId: ofUser(),
    accessToken: text("access_token"),
    refreshToken: text("refresh_token"),
    idToken: text("id_token"),
    accessTokenExpiresAt: at("access_token_expires_at"),
    refreshTokenExpiresAt: at("refresh_token_expires_at"),
    scope: text("scope"),
    password: text("password"),
    ...moments,
  },
  (table) => [index("ba_account_of_user").on(table.userId)],
);

export const baVerification = pgTable("ba_verification", {
  id: text("id").primaryKey(),
  identifier: text("identifier").notNull(),
  value: text("value").notNull(),
  expiresAt: at("expires_at").notNull(),
  ...moments,
});
