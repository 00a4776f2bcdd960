import postgres from "postgres";
import { anyOf, ORIGIN, requireUser } from "./callers.ts";
import { compare, type Variant } from "./compare.ts";
import { bareKey } from "./lookups.ts";
import { openHouse } from "./ours.ts";
import { SECRET, type Seeded } from "./seed.ts";
import { timesOf } from "./statistics.ts";
import type { Row } from "./table.ts";

/** P7: the same lookup in a small and in a large table, in turn. */
export async function growth(
  { small, large, rows }: { small: Seeded; large: Seeded; rows: number },
  { rounds }: { rounds: number },
): Promise<Row[]> {
  const contestants = { small: contestant(small), large: contestant(large) };
  const variants = {
    small: contestants.small.ours,
    large: contestants.large.ours,
    smallKey: contestants.small.key,
    largeKey: contestants.large.key,
  };
  const blocks = await compare(variants, { calls: 256, concurrency: 1, rounds, warmUp: 1_500 });
  await Promise.all([contestants.small.close(), contestants.large.close()]);
  const size = `${rows / 1_000_000} M`;
  return [
    {
      goal: "P7",
      what: `requireUser with ${size} sessions: p50 of the same with 100 k`,
      asked: { atMost: 2 },
      measured: timesOf(blocks.large.p50, blocks.small.p50),
    },
    {
      goal: "–",
      what: "… the bare `select` by key, for comparison",
      asked: null,
      measured: timesOf(blocks.largeKey.p50, blocks.smallKey.p50),
    },
  ];
}

function contestant({ url, cookies, tokenHashes }: Seeded) {
  const sql = postgres(url, { max: 10, onnotice: () => {} });
  const house = openHouse({ url, secret: SECRET, origin: ORIGIN });
  const key: Variant = { call: () => bareKey(sql, anyOf(tokenHashes)) };
  return {
    key,
    ours: requireUser(house, cookies),
    close: () => Promise.all([sql.end({ timeout: 1 }), house.close()]),
  };
}
