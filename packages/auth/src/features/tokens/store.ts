import { and, eq, gt, gte, lt, ne, or, type SQL, sql } from "drizzle-orm";
import type { Database } from "../../database.ts";
import type { UsersTable } from "../users/table.ts";
import type { TokenPurpose } from "./purposes.ts";
import { newestWins, type TokensTable } from "./table.ts";

export type TokenRow = TokensTable["$inferSelect"];
export type NewToken = {
  [Column in keyof TokensTable["$inferInsert"]]: TokensTable["$inferInsert"][Column] | SQL;
};

export function tokensStore(db: Database, tokens: TokensTable, users: UsersTable, now: SQL) {
  // A token is bound to the address it was sent to: it dies when the user's address is another.
  const isStillSentTo = sql`exists (select 1 from ${users} where ${users.id} = ${tokens.userId} and ${users.email} = ${tokens.address})`;
  // Whoever had proven it must be able to undo that it is another.
  const canRestoreIt = sql`(${tokens.purpose} = 'disown' and ${tokens.details} ->> 'isProven' = 'true')`;
  const live = and(gt(tokens.expiresAt, now), or(canRestoreIt, isStillSentTo));
  const named = (purpose: TokenPurpose, tokenHash: string) =>
    and(eq(tokens.purpose, purpose), eq(tokens.tokenHash, tokenHash), live);
  const startedBy = (purpose: TokenPurpose, flowHash: string) =>
    and(eq(tokens.purpose, purpose), eq(tokens.flowHash, flowHash), live);

  return {
    /** Takes the place of the user's older token of this purpose, in one statement: the newest wins. */
    async put(row: NewToken): Promise<void> {
      await db
        .insert(tokens)
        .values(row)
        .onConflictDoUpdate({
          target: [tokens.userId, tokens.purpose],
          targetWhere: newestWins,
          set: { ...row, codeTries: 0 },
        });
    },

    async find(purpose: TokenPurpose, tokenHash: string): Promise<TokenRow | null> {
      const [found] = await db
        .select({ token: tokens })
        .from(tokens)
        .where(named(purpose, tokenHash))
        .limit(1);
      return found?.token ?? null;
    },

    async findByFlow(purpose: TokenPurpose, flowHash: string): Promise<TokenRow | null> {
      const [found] = await db
        .select({ token: tokens })
        .from(tokens)
        .where(startedBy(purpose, flowHash))
        .limit(1);
      return found?.token ?? null;
    },

    /** Reads and deletes in one statement, so of many racing requests exactly one gets the row. */
    async take(purpose: TokenPurpose, tokenHash: string): Promise<TokenRow | null> {
      const [taken] = await db
        .delete(tokens)
        .where(named(purpose, tokenHash))
        .returning({ token: tokens });
      return taken?.token ?? null;
    },

    /** Counts a try before the code is looked at, so that no number of racing tries exceeds the limit. */
    async spendTry(
      purpose: TokenPurpose,
      flowHash: string,
      limit: number,
    ): Promise<TokenRow | null> {
      const [row] = await db
        .update(tokens)
        .set({ codeTries: sql`${tokens.codeTries} + 1` })
        .where(and(startedBy(purpose, flowHash), lt(tokens.codeTries, limit)))
        .returning({ token: tokens });
      return row?.token ?? null;
    },

    async findByUser(purpose: TokenPurpose, userId: string): Promise<TokenRow | null> {
      const mine = and(eq(tokens.purpose, purpose), eq(tokens.userId, userId), live);
      const [found] = await db.select({ token: tokens }).from(tokens).where(mine).limit(1);
      return found?.token ?? null;
    },

    /** Whether there was a live one. */
    async takeByUser(purpose: TokenPurpose, userId: string): Promise<boolean> {
      const mine = and(eq(tokens.purpose, purpose), eq(tokens.userId, userId), live);
      return (await db.delete(tokens).where(mine).returning({ id: tokens.userId })).length === 1;
    },

    async deleteOf(userId: string): Promise<void> {
      const mine = and(eq(tokens.userId, userId), ne(tokens.purpose, "disown"));
      await db.delete(tokens).where(mine);
    },

    async deleteDisownsSince({ userId, createdAt }: TokenRow): Promise<void> {
      const mine = and(eq(tokens.userId, userId), eq(tokens.purpose, "disown"));
      await db.delete(tokens).where(and(mine, gte(tokens.createdAt, createdAt)));
    },

    async deleteExpired(): Promise<void> {
      await db.delete(tokens).where(lt(tokens.expiresAt, now));
    },
  };
}
