import { eq, lt, type SQL, sql } from "drizzle-orm";
import { after, before, type Database } from "../../database.ts";
import { type Duration, days, hours } from "../../duration.ts";
import type { RateLimitsTable } from "./table.ts";

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

/** A row nobody touched for this long is forgotten. */
const MEMORY = days(30);

export function rateLimitsStore(db: Database, limits: RateLimitsTable, now: SQL) {
  /** Counts a hit if it is let in, and says so, in one statement: racing hits queue on the row. */
  async function hit(key: string, admits: SQL, retryAt: SQL, per: Duration): Promise<Verdict> {
    const kept = recent(per);
    const [verdict] = await db
      .insert(limits)
      .values({
        key,
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
      });
    return verdict as Verdict;
  }

  // A hit that waited for another one's row may have begun before it: its moment is when its turn came.
  const moment = sql`greatest(${now}, ${limits.hits}[cardinality(${limits.hits})])`;
  const recent = (per: Duration) =>
    sql`array(select hit from unnest(${limits.hits}) as hit where hit > ${before(moment, per)} order by hit)`;

  return {
    /** A sliding window, exact: never more than `count` hits in any stretch of `per`. */
    hitWindow(key: string, count: number, per: Duration): Promise<Verdict> {
      const admits = sql`cardinality(${recent(per)}) < ${count}`;
      return hit(key, admits, after(sql`${limits.hits}[1]`, per), per);
    },

    /**
     * Hits must keep a distance that grows with their number in the last hour, and is long from `lockAt` on;
     * `stopAt` in all, and none is let in.
     */
    hitBackoff(key: string, { stopAt, lockAt }: Backoff): Promise<Verdict> {
      const hour = hours(1);
      const admits = sql`${limits.total} < ${stopAt} and coalesce(${moment} >= ${nextHit(recent(hour), lockAt)}, true)`;
      const next = nextHit(sql`${limits.hits}`, lockAt);
      const retryAt = sql`case when ${limits.total} < ${stopAt} then ${next} else ${limits.expiresAt} end`;
      return hit(key, admits, retryAt, hour);
    },

    async clear(key: string): Promise<void> {
      await db.delete(limits).where(eq(limits.key, key));
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
function nextHit(hits: SQL, lockAt: number): SQL {
  const count = sql`cardinality(${hits})`;
  const wait = sql`case when ${count} < 5 then 0 when ${count} < ${lockAt} then least(60, 2 ^ (${count} - 5)) else 900 end`;
  return sql`((${hits})[cardinality(${hits})] + make_interval(secs => ${wait}))`;
}
