import { ownCpu } from "./cpu.ts";
import { quantile } from "./statistics.ts";

/** One way of doing the work. */
export interface Variant {
  call(): Promise<unknown>;
}

/** What the blocks of one variant took, a value per round. */
export interface Blocks {
  /** Milliseconds. */
  p50: number[];
  p99: number[];
  perSecond: number[];
  /** Microseconds of this process per call. */
  cpu: number[];
}

export interface Plan {
  calls: number;
  concurrency: number;
  rounds: number;
  warmUp: number;
}

/** Small blocks, and in each round all variants in random order: a neighbour's noise meets all of them alike. */
export async function compare<Name extends string>(
  variants: Record<Name, Variant>,
  { calls, concurrency, rounds, warmUp }: Plan,
): Promise<Record<Name, Blocks>> {
  const names = Object.keys(variants) as Name[];
  const blocks = Object.fromEntries(names.map((name) => [name, empty()])) as Record<Name, Blocks>;
  for (const name of names) await runBlock(variants[name], warmUp, concurrency);
  for (let round = 0; round < rounds; round += 1) {
    for (const name of shuffled(names)) {
      const block = await runBlock(variants[name], calls, concurrency);
      for (const key of KEYS) blocks[name][key].push(block[key]);
    }
  }
  return blocks;
}

const KEYS = ["p50", "p99", "perSecond", "cpu"] as const;

const empty = (): Blocks => ({ p50: [], p99: [], perSecond: [], cpu: [] });

async function runBlock({ call }: Variant, calls: number, concurrency: number) {
  const times: number[] = [];
  let left = calls;
  async function worker(): Promise<void> {
    while (left > 0) {
      left -= 1;
      const start = performance.now();
      await call();
      times.push(performance.now() - start);
    }
  }
  const cpu = ownCpu();
  const start = performance.now();
  await Promise.all(Array.from({ length: concurrency }, worker));
  const took = performance.now() - start;
  return {
    p50: quantile(times, 0.5),
    p99: quantile(times, 0.99),
    perSecond: (calls / took) * 1000,
    cpu: (ownCpu() - cpu) / calls,
  };
}

/** Fisher and Yates. */
export function shuffled<Item>(items: readonly Item[]): Item[] {
  const result = [...items];
  for (let last = result.length - 1; last > 0; last -= 1) {
    const other = Math.floor(Math.random() * (last + 1));
    [result[last], result[other]] = [result[other] as Item, result[last] as Item];
  }
  return result;
}
