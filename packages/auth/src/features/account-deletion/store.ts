import { eq, type SQL, sql } from "drizzle-orm";
import { after, type Database } from "../../database.ts";
import type { Duration } from "../../duration.ts";
import type { AccountDeletionsTable } from "./table.ts";

export function accountDeletionsStore(db: Database, deletions: AccountDeletionsTable, now: SQL) {
  const { userId: owner, dueAt } = deletions;

  return {
    /** When it is due. Twice is an error: whoever waits to be deleted has no session to ask with. */
    async schedule(userId: string, grace: Duration): Promise<Date> {
      const [scheduled] = await db
        .insert(deletions)
        .values({ userId, scheduledAt: now, dueAt: after(now, grace) })
        .returning({ dueAt });
      return (scheduled as { dueAt: Date }).dueAt;
    },

    async dueAt(userId: string): Promise<Date | null> {
      const [found] = await db.select({ dueAt }).from(deletions).where(eq(owner, userId));
      return found?.dueAt ?? null;
    },

    /** Takes it back in one statement, so that it is either taken back or done, never both. */
    async cancel(userId: string): Promise<boolean> {
      const mine = eq(owner, userId);
      return (await db.delete(deletions).where(mine).returning({ id: owner })).length === 1;
    },

    /** Takes one that is due and not among those to skip, until the transaction ends; two nodes never get the same one. */
    async takeDue(skip: string[]): Promise<string | null> {
      const due = sql`select ${owner} from ${deletions}
        where ${dueAt} <= ${now} and ${owner}::text <> all(string_to_array(${skip.join(",")}, ','))
        order by ${dueAt} limit 1 for update skip locked`;
      const [taken] = await db
        .delete(deletions)
        .where(sql`${owner} in (${due})`)
        .returning({ userId: owner });
      return taken?.userId ?? null;
    },
  };
}
