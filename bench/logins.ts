import { hash, verify } from "@node-rs/argon2";
import { openBetterAuth } from "./better-auth.ts";
import { login, ORIGIN, signInEmail } from "./callers.ts";
import { compare, shuffled, type Variant } from "./compare.ts";
import { postgresCpu } from "./cpu.ts";
import { openHouse } from "./ours.ts";
import { PASSWORD, SECRET, type Seeded } from "./seed.ts";
import { median, quantile, type Ratio, shareOf } from "./statistics.ts";
import type { Row } from "./table.ts";

/** OWASP's parameters, which are ours. */
const ARGON2ID = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

const CLIENTS = 8;

/** P9 and P10: whole logins, against the hash they cannot do without and against Better Auth. */
export async function logins(
  seeded: Seeded,
  { rounds, postmaster }: { rounds: number; postmaster: number },
): Promise<Row[]> {
  const options = { url: seeded.url, secret: SECRET, origin: ORIGIN };
  const house = openHouse(options);
  const betterAuth = openBetterAuth(options);
  const stored = await hash(PASSWORD, ARGON2ID);
  const raw: Variant = { call: () => verify(stored, PASSWORD) };
  const ours = login(house, seeded.users);
  const plan = { concurrency: CLIENTS, rounds };
  // Better Auth's hash takes eight times as long, so its blocks are shorter.
  const blocks = await compare({ raw, ours }, { ...plan, calls: 120, warmUp: 40 });
  const slow = await compare(
    { ours, betterAuth: signInEmail(betterAuth, seeded.users) },
    { ...plan, calls: 32, warmUp: 16, rounds: Math.ceil(rounds / 2) },
  );
  const overhead = await costOver({ raw, ours }, rounds, postmaster);
  await Promise.all([house.close(), betterAuth.close()]);
  return [
    {
      goal: "P9",
      what: "logins, 8 clients: throughput of bare Argon2id",
      asked: { atLeast: 0.8 },
      measured: shareOf(blocks.ours.perSecond, blocks.raw.perSecond),
    },
    {
      goal: "P9",
      what: "CPU of app and PostgreSQL per login beyond its hash",
      asked: { atMost: 1.6 },
      measured: overhead,
      unit: "ms",
    },
    {
      goal: "P10",
      what: "logins, 8 clients: throughput of Better Auth's default",
      asked: { atLeast: 5 },
      measured: shareOf(slow.ours.perSecond, slow.betterAuth.perSecond),
    },
  ];
}

/** PostgreSQL's CPU is counted in ticks of 10 ms, so this takes longer blocks. */
async function costOver(
  variants: Record<"raw" | "ours", Variant>,
  rounds: number,
  postmaster: number,
): Promise<Ratio> {
  const costs = { raw: [] as number[], ours: [] as number[] };
  for (let round = 0; round < Math.ceil(rounds / 2); round += 1) {
    for (const name of shuffled(["raw", "ours"] as const)) {
      const before = postgresCpu(postmaster);
      const plan = { calls: 160, concurrency: CLIENTS, rounds: 1, warmUp: 0 };
      const { block } = await compare({ block: variants[name] }, plan);
      const ofPostgres = (postgresCpu(postmaster) - before) / plan.calls;
      costs[name].push(((block.cpu[0] as number) + ofPostgres) / 1000);
    }
  }
  const quiet = (values: number[]) => quantile(values, 0.25);
  return {
    median: median(costs.ours) - median(costs.raw),
    best: quiet(costs.ours) - quiet(costs.raw),
  };
}
