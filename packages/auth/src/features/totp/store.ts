import { and, eq, gt, isNotNull, lt, type SQL, sql } from "drizzle-orm";
import { after, type Database } from "../../database.ts";
import type { Duration } from "../../duration.ts";
import type { TotpTable } from "./table.ts";

export interface TotpState {
  row: TotpTable["$inferSelect"];
  /** The time step of RFC 6238 section 4.2, by the database's clock: nodes disagree about the time. */
  step: number;
  /** Whether `pending` can still be confirmed. */
  isPending: boolean;
}

export function totpStore(db: Database, totp: TotpTable, now: SQL, stepLength: Duration) {
  const mine = (userId: string) => eq(totp.userId, userId);

  return {
    async find(userId: string): Promise<TotpState | null> {
      const [found] = await db
        .select({
          row: totp,
          step: sql<number>`floor(extract(epoch from ${now}) / ${stepLength}::int)::int`,
          isPending: sql<boolean>`coalesce(${totp.pendingUntil} > ${now}, false)`,
        })
        .from(totp)
        .where(mine(userId));
      return found ?? null;
    },

    async isEnabled(userId: string): Promise<boolean> {
      const enabled = and(mine(userId), isNotNull(totp.secret));
      return (await db.select({ id: totp.userId }).from(totp).where(enabled)).length === 1;
    },

    /** Puts a secret beside the one that counts, if there is any; the newest waits to be confirmed. */
    async putPending(userId: string, pending: string, lifetime: Duration): Promise<void> {
      const row = { pending, pendingUntil: after(now, lifetime) };
      await db
        .insert(totp)
        .values({ userId, ...row })
        .onConflictDoUpdate({ target: totp.userId, set: row });
    },

    /** Makes the pending secret the one that counts and spends the step that showed it. False when it is another by now. */
    async confirm(userId: string, pending: string, step: number): Promise<boolean> {
      const waiting = and(mine(userId), eq(totp.pending, pending), gt(totp.pendingUntil, now));
      const confirmed = await db
        .update(totp)
        .set({
          ...{ secret: pending, lastStep: step, enabledAt: now },
          ...{ pending: null, pendingUntil: null },
        })
        .where(waiting)
        .returning({ userId: totp.userId });
      return confirmed.length === 1;
    },

    /** Spends this step and all before it, in one statement: of many racing codes of a step exactly one is accepted. */
    async spendStep(userId: string, step: number): Promise<boolean> {
      const spent = await db
        .update(totp)
        .set({ lastStep: step })
        .where(and(mine(userId), isNotNull(totp.secret), lt(totp.lastStep, step)))
        .returning({ userId: totp.userId });
      return spent.length === 1;
    },

    /** Exchanges a sealed secret for the same one sealed anew, unless it has changed meanwhile. */
    async rewrap(userId: string, before: string, secret: string): Promise<void> {
      await db
        .update(totp)
        .set({ secret })
        .where(and(mine(userId), eq(totp.secret, before)));
    },

    async dropPending(userId: string): Promise<void> {
      const none = { pending: null, pendingUntil: null };
      await db.update(totp).set(none).where(mine(userId));
    },

    async deleteOf(userId: string): Promise<void> {
      await db.delete(totp).where(mine(userId));
    },

    /** Whether there was one to take away. */
    async disable(userId: string): Promise<boolean> {
      const enabled = and(mine(userId), isNotNull(totp.secret));
      return (await db.delete(totp).where(enabled).returning({ id: totp.userId })).length === 1;
    },
  };
}
