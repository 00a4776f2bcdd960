import { and, desc, eq, isNull, lt, ne, not, or, type SQL, sql } from "drizzle-orm";
import type { Core } from "../../core.ts";
import { before, type Database } from "../../database.ts";
import { type Duration, days, minutes } from "../../duration.ts";
import type { AnyUser } from "../users/table.ts";
import type { Reads } from "./batch.ts";
import type { SessionsTable } from "./table.ts";

type Row = SessionsTable["$inferSelect"];

/** A signed-in browser. */
export type Session = Omit<Row, "tokenHash" | "tokenSince">;

type NewSession = {
  [Column in keyof SessionsTable["$inferInsert"]]: SessionsTable["$inferInsert"][Column] | SQL;
};

export interface Current {
  session: Session;
  user: AnyUser;
  /** Last seen long enough ago to be written down again. */
  stale: boolean;
  /** How long ago the visitor last proved who they are, by login or step-up. */
  provenSecondsAgo: number;
  /** The browser has held its token for so long that it should get another. */
  rotationDue: boolean;
  /** What the browser should hold by now: its token was exchanged for this a moment ago. */
  successor?: string;
}

/** Writing every request would cost more than all the rest of the lookup. */
const LAST_SEEN_EVERY = minutes(1);

/** A thief of a token of who stays signed in is found out after a day of the owner's at the latest. */
const ROTATE_EVERY = days(1);

export function sessionsStore(core: Core, db: Database = core.db) {
  const { sessions, users, now, rotatedTokens } = core;
  const { tokenHash } = sessions;
  const { columns, live, current } = living(core);
  const prepare = <F extends typeof current>(name: string, fields: F, named: SQL) =>
    db
      .select(fields)
      .from(sessions)
      .innerJoin(users, eq(users.id, sessions.userId))
      .where(and(named, live, isNull(users.disabledAt)))
      .prepare(core.statementName(name));

  /** Ends the session that has this token or had it before. */
  async function deleteHolder(hash: string): Promise<{ id: string; userId: string } | null> {
    const older = rotatedTokens
      ? sql`${sessions.id} in (select ${rotatedTokens.sessionId} from ${rotatedTokens}
          where ${rotatedTokens.tokenHash} = ${hash})`
      : undefined;
    const [ended] = await db
      .delete(sessions)
      .where(or(eq(tokenHash, hash), older))
      .returning({ id: sessions.id, userId: sessions.userId })
      .prepare(core.statementName("end session"))
      .execute();
    return ended ?? null;
  }

  return {
    /** Who is behind a token or many, if the session lives and the user may come in. The SQL is built once. */
    prepareFind(): Reads<Current> {
      const one = prepare("session", current, eq(sessions.tokenHash, sql.placeholder("tokenHash")));
      // One text parameter whatever the number of hashes, so the statement stays the same; no hash has a comma.
      const many = prepare(
        "sessions",
        { ...current, tokenHash },
        sql`${sessions.tokenHash} = any(string_to_array(${sql.placeholder("tokenHashes")}, ','))`,
      );
      return {
        async one(tokenHash) {
          const [found] = await one.execute({ tokenHash });
          return (found as Current | undefined) ?? null;
        },
        async many(tokenHashes) {
          const found = await many.execute({ tokenHashes: tokenHashes.join(",") });
          return new Map(
            found.map(({ tokenHash, ...rest }) => [tokenHash, rest as unknown as Current]),
          );
        },
      };
    },

    async insert(row: NewSession): Promise<void> {
      await db.insert(sessions).values(row).prepare(core.statementName("new session")).execute();
    },

    /** Whether the session is still there and within its limits. */
    async isLive(id: string): Promise<boolean> {
      const itself = and(eq(sessions.id, id), live);
      return (await db.select({ id: sessions.id }).from(sessions).where(itself)).length === 1;
    },

    list(userId: string): Promise<Session[]> {
      const mine = and(eq(sessions.userId, userId), live);
      return Promise.resolve(
        db.select(columns).from(sessions).where(mine).orderBy(desc(sessions.lastSeenAt)),
      );
    },

    /** A new token for the same session; the old one is dead when the transaction commits. */
    async replaceToken(id: string, tokenHash: string): Promise<void> {
      await db.update(sessions).set({ tokenHash, tokenSince: now }).where(eq(sessions.id, id));
    },

    async stepUp(id: string, aal: 1 | 2): Promise<void> {
      await db
        .update(sessions)
        .set({ steppedUpAt: now, aal: sql`greatest(${sessions.aal}, ${aal})` })
        .where(eq(sessions.id, id));
    },

    /** The session no longer has its second factor. */
    async stepDown(id: string): Promise<void> {
      await db.update(sessions).set({ aal: 1 }).where(eq(sessions.id, id));
    },

    /** Also by a token that was exchanged meanwhile: who logs out does so whatever another tab was given. */
    async deleteByToken(tokenHash: string): Promise<{ id: string; userId: string } | null> {
      // Whoever waited here for an exchange of this token was shown the tables as they were before it: they look again.
      return (await deleteHolder(tokenHash)) ?? deleteHolder(tokenHash);
    },

    /** False when there is no such session or it is somebody else's: the two look alike. */
    async deleteOne(userId: string, id: string): Promise<boolean> {
      const mine = and(eq(sessions.userId, userId), eq(sessions.id, id));
      return (await db.delete(sessions).where(mine).returning({ id: sessions.id })).length === 1;
    },

    async deleteAll(userId: string, exceptId?: string): Promise<number> {
      const others = and(
        eq(sessions.userId, userId),
        exceptId ? ne(sessions.id, exceptId) : undefined,
      );
      return (await db.delete(sessions).where(others).returning({ id: sessions.id })).length;
    },

    /** Many sessions in one statement; the condition keeps a late flush from moving the clock back. */
    async touch(ids: string[]): Promise<void> {
      const due = lt(sessions.lastSeenAt, before(now, LAST_SEEN_EVERY));
      // One parameter: a statement takes no more than 65,535.
      const named = sql`${sessions.id} = any(string_to_array(${ids.join(",")}, ',')::uuid[])`;
      await db.update(sessions).set({ lastSeenAt: now }).where(and(named, due));
    },

    async deleteExpired(): Promise<void> {
      await db.delete(sessions).where(not(live));
    },
  };
}

/** Which sessions live, and what a lookup wants to know of one. */
export function living(core: Core) {
  const { sessions, users, now, sessionLimits } = core;
  const columns = columnsOf(sessions);
  const live = and(
    youngerThan(sessions.createdAt, "absolute"),
    youngerThan(sessions.lastSeenAt, "idle"),
  ) as SQL;

  /** Limits are asked at each lookup, so a stricter policy holds for sessions that exist already. */
  function youngerThan(
    moment: SessionsTable["createdAt" | "lastSeenAt"],
    limit: "absolute" | "idle",
  ): SQL {
    const oldest = (length: Duration) => before(now, length);
    return sql`${moment} > case when ${sessions.persistent}
      then ${oldest(sessionLimits.persistent[limit])} else ${oldest(sessionLimits.browser[limit])} end`;
  }

  const stale = sql<boolean>`${sessions.lastSeenAt} < ${before(now, LAST_SEEN_EVERY)}`;
  const lastProof = sql`greatest(${sessions.authenticatedAt}, ${sessions.steppedUpAt})`;
  const provenSecondsAgo = sql<number>`extract(epoch from (${now} - ${lastProof}))::float8`;

  // Without a table for them no token is ever exchanged.
  const tokenSince = sql`coalesce(${sessions.tokenSince}, ${sessions.createdAt})`;
  const rotationDue = core.rotatedTokens
    ? sql<boolean>`(${sessions.persistent} and ${tokenSince} < ${before(now, ROTATE_EVERY)})`
    : sql<boolean>`false`;

  const current = { session: columns, user: users, stale, provenSecondsAgo, rotationDue };
  return { columns, live, current };
}

function columnsOf(sessions: SessionsTable) {
  const { id, userId, amr, aal, persistent, authenticatedAt, steppedUpAt } = sessions;
  const { createdAt, lastSeenAt, ip, userAgent, device, activeOrganizationId, impersonatorId } =
    sessions;
  return {
    ...{ id, userId, amr, aal, persistent, authenticatedAt, steppedUpAt },
    ...{ createdAt, lastSeenAt, ip, userAgent, device, activeOrganizationId, impersonatorId },
  };
}
