import { and, eq } from "drizzle-orm";
import type { Core } from "../../core.ts";
import type { Database } from "../../database.ts";
import type { PasswordsTable } from "./table.ts";

export function passwordsStore(core: Core, passwords: PasswordsTable, db: Database) {
  const { now } = core;

  return {
    async hashOf(userId: string): Promise<string | null> {
      const [found] = await db
        .select({ hash: passwords.hash })
        .from(passwords)
        .where(eq(passwords.userId, userId))
        .prepare(core.statementName("hash"))
        .execute();
      return found?.hash ?? null;
    },

    async put(userId: string, hash: string): Promise<void> {
      const row = { hash, updatedAt: now, mustChange: false };
      await db
        .insert(passwords)
        .values({ userId, ...row })
        .onConflictDoUpdate({ target: passwords.userId, set: row });
    },

    /** The first password of a user. False when there is one already: of many at once the primary key lets one in. */
    async putFirst(userId: string, hash: string): Promise<boolean> {
      const put = await db
        .insert(passwords)
        .values({ userId, hash, updatedAt: now })
        .onConflictDoNothing()
        .returning({ userId: passwords.userId });
      return put.length === 1;
    },

    async deleteOf(userId: string): Promise<void> {
      await db.delete(passwords).where(eq(passwords.userId, userId));
    },

    async mustChange(userId: string): Promise<boolean> {
      const due = and(eq(passwords.userId, userId), eq(passwords.mustChange, true));
      return (await db.select({ id: passwords.userId }).from(passwords).where(due)).length === 1;
    },

    /** Whether this is the user's hash, which then stays so until the transaction ends: a change waits for it. */
    async isStill(userId: string, hash: string): Promise<boolean> {
      const unchanged = and(eq(passwords.userId, userId), eq(passwords.hash, hash));
      const found = await db
        .select({ userId: passwords.userId })
        .from(passwords)
        .where(unchanged)
        // Not shared: of many changes at once each would then wait for all others to let go, and none would.
        .for("no key update")
        .prepare(core.statementName("hash is still"))
        .execute();
      return found.length === 1;
    },

    /** Exchanges a hash for a stronger one of the same password. False when the password has changed meanwhile. */
    async upgrade(userId: string, oldHash: string, hash: string): Promise<boolean> {
      const unchanged = and(eq(passwords.userId, userId), eq(passwords.hash, oldHash));
      const upgraded = await db
        .update(passwords)
        .set({ hash, updatedAt: now })
        .where(unchanged)
        .returning({ userId: passwords.userId });
      return upgraded.length === 1;
    },
  };
}
