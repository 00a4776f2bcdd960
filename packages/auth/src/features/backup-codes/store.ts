import { and, eq, type SQL, sql } from "drizzle-orm";
import type { Database } from "../../database.ts";
import type { BackupCodesTable } from "./table.ts";

export function backupCodesStore(db: Database, codes: BackupCodesTable, now: SQL) {
  const mine = (userId: string) => eq(codes.userId, userId);

  return {
    async find(userId: string): Promise<{ key: string; hashes: string[] } | null> {
      const [found] = await db
        .select({ key: codes.key, hashes: codes.hashes })
        .from(codes)
        .where(mine(userId));
      return found ?? null;
    },

    /** A new set in place of any other, in one statement: of two at once one set remains whole. */
    async replace(userId: string, key: string, hashes: string[]): Promise<void> {
      const row = { key, hashes, createdAt: now };
      await db
        .insert(codes)
        .values({ userId, ...row })
        .onConflictDoUpdate({ target: codes.userId, set: row });
    },

    /** Spends a code in one statement, so of many racing tries one gets it: how many are left, or null for the others. */
    async spend(userId: string, hash: string): Promise<number | null> {
      const [spent] = await db
        .update(codes)
        .set({ hashes: sql`array_remove(${codes.hashes}, ${hash})` })
        .where(and(mine(userId), sql`${hash} = any(${codes.hashes})`))
        .returning({ left: sql<number>`cardinality(${codes.hashes})` });
      return spent?.left ?? null;
    },

    /** Exchanges a sealed key for the same one sealed anew, unless there is another set by now. */
    async rewrap(userId: string, before: string, key: string): Promise<void> {
      await db
        .update(codes)
        .set({ key })
        .where(and(mine(userId), eq(codes.key, before)));
    },

    async deleteOf(userId: string): Promise<void> {
      await db.delete(codes).where(mine(userId));
    },
  };
}
