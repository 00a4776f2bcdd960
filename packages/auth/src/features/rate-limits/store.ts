import { eq, lt, type Placeholder, type SQL, sql } from "drizzle-orm";
import type { Core } from "../../core.ts";
import { after, before, type Database } from "../../database.ts";
import { type Duration, days, hours } from "../../duration.ts";

export interface Verdict {
  admitted: boolean;
  retryAfterSeconds: number;
  /** Hits let in since the row was cleared. */
  total: number;
  /** Of these the ones that still count, this one included. */
  recent: number;
}

export interface Backoff {
  stopAt: number;
  lockAt: number;
}

type Length = Duration | Placeholder;

/** A row nobody touched for this long is forgotten. */
const MEMORY = days(30);

export function rateLimitsStore(core: Core, db: Database = core.db) {
  const { rateLimits: limits, now } = core;

  /** Counts a hit if it is let in, and says so, in one statement: racing hits queue on the row. */
  function prepareHit(name: string, admits: SQL, retryAt: SQL, per: Length) {
    const kept = recent(per);
    return db
      .insert(limits)
      .values({
        key: sql.placeholder("key"),
        hits: sql`array[${now}]::timestamptz[]`,
        total: 1,
        admitted: true,
        expiresAt: after(now, MEMORY),
      })
      .onConflictDoUpdate({
        target: limits.key,
        set: {
          hits: sql`case when ${admits} then ${kept} || ${moment}::timestamptz else ${kept} end`,
          total: sql`case when ${admits} then ${limits.total} + 1 else ${limits.total} end`,
          admitted: admits,
          expiresAt: after(now, MEMORY),
        },
      })
      .returning({
        admitted: limits.admitted,
        total: limits.total,
        recent: sql<number>`cardinality(${limits.hits})`,
        retryAfterSeconds: sql<number>`greatest(1, ceil(extract(epoch from (${retryAt} - ${now}))))::int`,
      })
      .prepare(core.statementName(name));
  }

  // A hit that waited for another one's row may have begun before it: its moment is when its turn came.
  const moment = sql`greatest(${now}, ${limits.hits}[cardinality(${limits.hits})])`;
  const recent = (per: Length) =>
    sql`array(select hit from unnest(${limits.hits}) as hit where hit > ${before(moment, per)} order by hit)`;

  function prepareWindow() {
    const per = sql.placeholder("per");
    const admits = sql`cardinality(${recent(per)}) < ${sql.placeholder("count")}`;
    return prepareHit("window", admits, after(sql`${limits.hits}[1]`, per), per);
  }

  function prepareBackoff() {
    const hour = hours(1);
    const lockAt = sql.placeholder("lockAt");
    const mayStill = sql`${limits.total} < ${sql.placeholder("stopAt")}`;
    const admits = sql`${mayStill} and coalesce(${moment} >= ${nextHit(recent(hour), lockAt)}, true)`;
    const next = nextHit(sql`${limits.hits}`, lockAt);
    const retryAt = sql`case when ${mayStill} then ${next} else ${limits.expiresAt} end`;
    return prepareHit("backoff", admits, retryAt, hour);
  }

  // Building their SQL takes longer than many a query, so it is done once, by the first hit.
  let window: ReturnType<typeof prepareHit> | undefined;
  let backoff: ReturnType<typeof prepareHit> | undefined;

  return {
    /** A sliding window, exact: never more than `count` hits in any stretch of `per`. */
    async hitWindow(key: string, count: number, per: Duration): Promise<Verdict> {
      window ??= prepareWindow();
      const [verdict] = await window.execute({ key, count, per });
      return verdict as Verdict;
    },

    /**
     * Hits must keep a distance that grows with their number in the last hour, and is long from `lockAt` on;
     * `stopAt` in all, and none is let in.
     */
    async hitBackoff(key: string, { stopAt, lockAt }: Backoff): Promise<Verdict> {
      backoff ??= prepareBackoff();
      const [verdict] = await backoff.execute({ key, stopAt, lockAt });
      return verdict as Verdict;
    },

    async clear(key: string): Promise<void> {
      await db
        .delete(limits)
        .where(eq(limits.key, key))
        .prepare(core.statementName("clear limit"))
        .execute();
    },

    /** Forgives what is older than the hits that make the next one wait. */
    async ease(key: string): Promise<void> {
      const kept = sql`cardinality(${limits.hits})`;
      await db.update(limits).set({ total: kept }).where(eq(limits.key, key));
    },

    async deleteExpired(): Promise<void> {
      await db.delete(limits).where(lt(limits.expiresAt, now));
    },
  };
}

/** Five tries are free, then the wait doubles from a second to a minute; from `lockAt` on it is a quarter of an hour. */
function nextHit(hits: SQL, lockAt: Placeholder): SQL {
  const count = sql`cardinality(${hits})`;
  const wait = sql`case when ${count} < 5 then 0 when ${count} < ${lockAt} then least(60, 2 ^ (${count} - 5)) else 900 end`;
  return sql`((${hits})[cardinality(${hits})] + make_interval(secs => ${wait}))`;
}
