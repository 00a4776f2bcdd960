import { setTimeout } from "node:timers/promises";
import type { Answer, Held } from "./visitor.ts";

/** For heads and bodies to reach the nodes, so that the last bytes are all that is missing. */
const SETTLE_MS = 50;

/** Whoever is sent away so often will never be served: each time takes seconds. */
const PATIENCE = 20;

/**
 * `count` requests that are complete but for their last byte are let go at the same moment. Whoever is told
 * that the house is too busy comes back, for that is no answer; what they asked for may have been done, though.
 */
export async function race<Result extends { answer: Answer }>(
  count: number,
  run: (index: number, held?: Held) => Promise<Result>,
): Promise<(Result & { cameBack: boolean })[]> {
  const start = Promise.withResolvers<void>();
  let waiting = 0;
  const held = {
    async release(): Promise<void> {
      waiting += 1;
      if (waiting === count) setTimeout(SETTLE_MS).then(start.resolve);
      await start.promise;
    },
  };
  return Promise.all(
    Array.from({ length: count }, async (_, index) => {
      let result = await run(index, held);
      const cameBack = result.answer.status === 503;
      for (let tries = 0; result.answer.status === 503; tries++) {
        if (tries === PATIENCE) throw new Error(`Still told to come back after ${tries} times.`);
        result = await run(index);
      }
      return { ...result, cameBack };
    }),
  );
}

/** How often each outcome came. */
export function tally(outcomes: string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const outcome of outcomes) counts[outcome] = (counts[outcome] ?? 0) + 1;
  return counts;
}
