import postgres from "postgres";
import { openBetterAuth } from "./better-auth.ts";
import { anyOf, getSession, ORIGIN, requireUser } from "./callers.ts";
import { compare } from "./compare.ts";
import { openHouse } from "./ours.ts";
import { SECRET, type Seeded } from "./seed.ts";
import { shareOf, timesOf } from "./statistics.ts";
import type { Row } from "./table.ts";

/** P1, P2, P3 and P6: what it costs to know who is there, against the bare statements and against Better Auth. */
export async function lookups(seeded: Seeded, { rounds }: { rounds: number }): Promise<Row[]> {
  const sql = postgres(seeded.url, { max: 10, onnotice: () => {} });
  const options = { url: seeded.url, secret: SECRET, origin: ORIGIN };
  const house = openHouse(options);
  const betterAuth = openBetterAuth(options);
  const variants = {
    key: { call: () => bareKey(sql, anyOf(seeded.tokenHashes)) },
    join: { call: () => bareJoin(sql, anyOf(seeded.tokenHashes)) },
    ours: requireUser(house, seeded.cookies),
    betterAuth: getSession(betterAuth, seeded.betterAuthCookies),
  };
  const plan = { calls: 256, rounds, warmUp: 1_500 };
  const one = await compare(variants, { ...plan, concurrency: 1 });
  const many = await compare(variants, { ...plan, concurrency: 64 });
  await Promise.all([sql.end(), house.close(), betterAuth.close()]);

  const row = (goal: string, what: string, asked: Row["asked"], measured: Row["measured"]) => ({
    ...{ goal, what, asked, measured },
  });
  return [
    row(
      "P1",
      "requireUser, one client: p50 of a bare `select` by key",
      { atMost: 1.4 },
      timesOf(one.ours.p50, one.key.p50),
    ),
    row(
      "P1",
      "… of a bare prepared join of session and user",
      { atMost: 1.1 },
      timesOf(one.ours.p50, one.join.p50),
    ),
    row(
      "P2",
      "requireUser, 64 clients: throughput of the bare `select`",
      { atLeast: 1 },
      shareOf(many.ours.perSecond, many.key.perSecond),
    ),
    row("–", "… of the bare join", null, shareOf(many.ours.perSecond, many.join.perSecond)),
    row(
      "P3",
      "Better Auth `getSession`, one client: p50 of requireUser",
      { atLeast: 5 },
      timesOf(one.betterAuth.p50, one.ours.p50),
    ),
    row(
      "P3",
      "requireUser, 64 clients: throughput of Better Auth `getSession`",
      { atLeast: 10 },
      shareOf(many.ours.perSecond, many.betterAuth.perSecond),
    ),
    row(
      "P6",
      "requireUser, one client: CPU of the app per bare `select`",
      { atMost: 1.3 },
      timesOf(one.ours.cpu, one.key.cpu),
    ),
    row("–", "… with 64 clients", null, timesOf(many.ours.cpu, many.key.cpu)),
  ];
}

export async function bareKey(sql: postgres.Sql, hash: string): Promise<void> {
  const rows = await sql`select user_id, created_at from sessions where token_hash = ${hash}`;
  if (rows.length !== 1) throw new Error("Nobody was found.");
}

export async function bareJoin(sql: postgres.Sql, hash: string): Promise<void> {
  const rows = await sql`select s.*, u.* from sessions s join users u on u.id = s.user_id
    where s.token_hash = ${hash}`;
  if (rows.length !== 1) throw new Error("Nobody was found.");
}
