import {
  bigint,
  boolean,
  jsonb,
  pgTable,
  smallint,
  text,
  uniqueIndex,
  uuid,
} from "drizzle-orm/pg-core";
import { at, ownerId, type TableOptions, type UsersTable } from "../users/table.ts";

export type PasskeysTable = ReturnType<typeof passkeysTable>;
export type WebauthnChallengesTable = ReturnType<typeof webauthnChallengesTable>;

/** The credential records of WebAuthn Level 3, section 4. No secret is among them. */
export function passkeysTable(users: UsersTable, { prefix = "" }: TableOptions = {}) {
  return pgTable(
    `${prefix}passkeys`,
    {
      id: uuid("id").primaryKey().defaultRandom(),
      userId: ownerId(users).notNull(),
      /** 1 to 10, each once per user, so that an eleventh passkey finds no place. */
      place: smallint("place").notNull(),
      /** Unique over all users: a credential is never moved from one to another. */
      credentialId: text("credential_id").notNull().unique(),
      publicKey: text("public_key").notNull(),
      /** What the authenticator knows the user by: random, and the same for all passkeys of a user. */
      userHandle: text("user_handle").notNull(),
      name: text("name").notNull(),
      aaguid: text("aaguid").notNull(),
      transports: text("transports").array().notNull(),
      counter: bigint("counter", { mode: "number" }).notNull(),
      backupEligible: boolean("backup_eligible").notNull(),
      backedUp: boolean("backed_up").notNull(),
      createdAt: at("created_at").notNull(),
      lastUsedAt: at("last_used_at"),
    },
    (table) => [uniqueIndex(`${prefix}passkeys_ten_per_user`).on(table.userId, table.place)],
  );
}

/** What authenticators were asked to sign and have not answered yet, hashed. Most are of nobody known. */
export function webauthnChallengesTable(users: UsersTable, { prefix = "" }: TableOptions = {}) {
  return pgTable(`${prefix}webauthn_challenges`, {
    challengeHash: text("challenge_hash").primaryKey(),
    kind: text("kind").notNull(),
    flowHash: text("flow_hash").notNull(),
    userId: ownerId(users),
    details: jsonb("details").$type<Record<string, unknown>>().notNull(),
    expiresAt: at("expires_at").notNull(),
  });
}
