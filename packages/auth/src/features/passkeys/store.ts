import { and, asc, eq, isNull, lt, type SQL, sql } from "drizzle-orm";
import { after, type Database } from "../../database.ts";
import type { Duration } from "../../duration.ts";
import type { PasskeysTable, WebauthnChallengesTable } from "./table.ts";

/** More than anybody has devices for, and few enough to read through. */
export const MAX_PASSKEYS = 10;

export type PasskeyRow = PasskeysTable["$inferSelect"];

export type NewPasskey = Omit<PasskeyRow, "id" | "place" | "createdAt" | "lastUsedAt">;

/** What an assertion leaves behind. */
interface Use {
  counter: number;
  backedUp: boolean;
  /** Whether the counter may stand still or go back. */
  isTolerant: boolean;
}

export function passkeysStore(db: Database, passkeys: PasskeysTable, now: SQL) {
  const mine = (userId: string) => eq(passkeys.userId, userId);
  // Compared as text, because PostgreSQL answers what is no uuid with an error.
  const named = (userId: string, id: string) =>
    and(mine(userId), sql`${passkeys.id}::text = ${id}`);

  /** The first place that is free; with none free the first, which is taken, so that the row conflicts. */
  const freePlace = (userId: string) => sql`coalesce((select min(free) from
    generate_series(1, ${MAX_PASSKEYS}::int) as places (free) where not exists (select 1 from ${passkeys}
    where ${passkeys.userId} = ${userId} and ${passkeys.place} = free)), 1)`;

  const complete = (row: NewPasskey) => ({ ...row, place: freePlace(row.userId), createdAt: now });

  return {
    async list(userId: string): Promise<PasskeyRow[]> {
      const found = await db
        .select({ passkey: passkeys })
        .from(passkeys)
        .where(mine(userId))
        .orderBy(asc(passkeys.createdAt), asc(passkeys.place));
      return found.map(({ passkey }) => passkey);
    },

    async findByCredential(credentialId: string): Promise<PasskeyRow | null> {
      const [found] = await db
        .select({ passkey: passkeys })
        .from(passkeys)
        .where(eq(passkeys.credentialId, credentialId));
      return found?.passkey ?? null;
    },

    async count(userId: string): Promise<number> {
      const found = db.select({ id: passkeys.id }).from(passkeys).where(mine(userId));
      return (await found).length;
    },

    /** Adds one unless it is known already or the user has ten: the statement itself sees to both. */
    async insert(row: NewPasskey): Promise<boolean> {
      const inserted = await db
        .insert(passkeys)
        .values(complete(row))
        .onConflictDoNothing()
        .returning({ id: passkeys.id });
      return inserted.length === 1;
    },

    /** For a user who is new in this transaction; a credential that is known already ends it with an error. */
    async insertFirst(row: NewPasskey): Promise<void> {
      await db.insert(passkeys).values(complete(row));
    },

    /** Notes a use, in one statement. False when the passkey is gone or its counter has overtaken this one. */
    async use(id: string, { counter, backedUp, isTolerant }: Use): Promise<boolean> {
      const moves = sql`(${passkeys.counter} < ${counter} or (${passkeys.counter} = 0 and ${counter} = 0))`;
      const used = await db
        .update(passkeys)
        .set({
          ...{ backedUp, lastUsedAt: now },
          counter: sql`greatest(${passkeys.counter}, ${counter})`,
        })
        .where(and(eq(passkeys.id, id), isTolerant ? undefined : moves))
        .returning({ id: passkeys.id });
      return used.length === 1;
    },

    /** False when there is no such passkey or it is somebody else's: the two look alike. */
    async rename(userId: string, id: string, name: string): Promise<boolean> {
      const renamed = await db
        .update(passkeys)
        .set({ name })
        .where(named(userId, id))
        .returning({ id: passkeys.id });
      return renamed.length === 1;
    },

    async has(userId: string, id: string): Promise<boolean> {
      const found = db.select({ id: passkeys.id }).from(passkeys).where(named(userId, id));
      return (await found).length === 1;
    },

    async deleteOne(userId: string, id: string): Promise<void> {
      await db.delete(passkeys).where(named(userId, id));
    },

    async deleteAll(userId: string): Promise<void> {
      await db.delete(passkeys).where(mine(userId));
    },
  };
}

type ChallengeRow = WebauthnChallengesTable["$inferSelect"];

export type ChallengeKey = Pick<ChallengeRow, "challengeHash" | "kind" | "flowHash" | "userId">;

export function challengesStore(db: Database, challenges: WebauthnChallengesTable, now: SQL) {
  return {
    async put(row: Omit<ChallengeRow, "expiresAt">, lifetime: Duration): Promise<void> {
      await db.insert(challenges).values({ ...row, expiresAt: after(now, lifetime) });
    },

    /** Reads and deletes in one statement, so of many racing answers exactly one gets the row. */
    async take(key: ChallengeKey): Promise<ChallengeRow | null> {
      const asked = and(
        eq(challenges.challengeHash, key.challengeHash),
        eq(challenges.kind, key.kind),
        eq(challenges.flowHash, key.flowHash),
        key.userId === null ? isNull(challenges.userId) : eq(challenges.userId, key.userId),
        sql`${challenges.expiresAt} > ${now}`,
      );
      const [taken] = await db.delete(challenges).where(asked).returning({ challenge: challenges });
      return taken?.challenge ?? null;
    },

    async deleteOf(userId: string): Promise<void> {
      await db.delete(challenges).where(eq(challenges.userId, userId));
    },

    async deleteExpired(): Promise<void> {
      await db.delete(challenges).where(lt(challenges.expiresAt, now));
    },
  };
}
