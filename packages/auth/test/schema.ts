import { pgTable, text, timestamp, uuid } from "drizzle-orm/pg-core";
import {
  accountDeletionsTable,
  auditEventsTable,
  backupCodesTable,
  outboxTable,
  passkeysTable,
  passwordsTable,
  rateLimitsTable,
  rotatedTokensTable,
  sessionsTable,
  tokensTable,
  totpTable,
  trustedDevicesTable,
  webauthnChallengesTable,
} from "../src/schema.ts";

export const users = pgTable("users", {
  id: uuid("id").primaryKey().defaultRandom(),
  email: text("email").notNull().unique(),
  emailVerifiedAt: timestamp("email_verified_at", { withTimezone: true }),
  disabledAt: timestamp("disabled_at", { withTimezone: true }),
  favoriteColor: text("favorite_color").notNull().default("teal"),
});

export const sessions = sessionsTable(users);
export const rotatedTokens = rotatedTokensTable(sessions);
export const tokens = tokensTable(users);
export const rateLimits = rateLimitsTable();
export const auditEvents = auditEventsTable(users);
export const outbox = outboxTable();
export const passwords = passwordsTable(users);
export const totp = totpTable(users);
export const backupCodes = backupCodesTable(users);
export const accountDeletions = accountDeletionsTable(users);
export const trustedDevices = trustedDevicesTable(users);
export const passkeys = passkeysTable(users);
export const webauthnChallenges = webauthnChallengesTable(users);
