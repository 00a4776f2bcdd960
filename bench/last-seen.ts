import { drizzle } from "drizzle-orm/postgres-js";
import postgres from "postgres";
import { databaseClock } from "../packages/auth/dist/database.js";
import { lastSeen } from "../packages/auth/dist/features/sessions/last-seen.js";
import { defaultSessionLimits } from "../packages/auth/dist/features/sessions/limits.js";
import { shuffled } from "./compare.ts";
import * as schema from "./schema.ts";
import type { Seeded } from "./seed.ts";
import { median, quantile } from "./statistics.ts";
import type { Row } from "./table.ts";

/** P11: one minute of a site where everybody is busy. `seeded` must have sessions that are due. */
export async function lastSeenWrites(seeded: Seeded, rows: number): Promise<Row[]> {
  // One connection, which can be told to hand in what it counted.
  const sql = postgres(seeded.url, { max: 1, onnotice: () => {} });
  const core = {
    ...schema,
    db: drizzle({ client: sql }),
    now: databaseClock,
    sessionLimits: defaultSessionLimits,
  };
  const seen = lastSeen(core as never);
  const ids = shuffled((await sql`select id from sessions`).map(({ id }) => String(id)));
  const perSecond: number[] = [];
  // A flush every five seconds: twelve a minute.
  const share = Math.ceil(rows / 12);
  for (let start = 0; start < rows; start += share) {
    const due = ids.slice(start, start + share);
    for (const id of due) seen.note(id);
    const began = performance.now();
    await seen.flush();
    perSecond.push((due.length / (performance.now() - began)) * 1000);
  }
  const hot = await hotShare(sql);
  await sql.end();
  const flushed = { median: median(perSecond), best: quantile(perSecond, 0.75) };
  return [
    {
      goal: "P11",
      what: "last-seen writes, flushed in bulk",
      asked: { atLeast: 30_000 },
      measured: flushed,
      unit: "rows/s",
    },
    {
      goal: "P11",
      what: "… of which stay on their page and touch no index (HOT)",
      asked: { atLeast: 100 },
      measured: { median: hot, best: hot },
      unit: "%",
    },
  ];
}

async function hotShare(sql: postgres.Sql): Promise<number> {
  // By itself an idle connection keeps its counters for ten seconds.
  await sql`select pg_stat_force_next_flush()`;
  const [row] = await sql`select 100.0 * n_tup_hot_upd / n_tup_upd as hot
    from pg_stat_user_tables where relname = 'sessions'`;
  return Number(row?.hot);
}
