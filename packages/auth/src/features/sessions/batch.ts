import { seconds } from "../../duration.ts";
import { withDeadline } from "../../failures.ts";

/** Two statements keep the connection busy; what arrives meanwhile is cheaper together. */
const IN_FLIGHT = 2;

/** A read that a dead connection swallowed never ends; without this it would hold up every later one. */
const DEADLINE = seconds(5);

export interface Reads<Value> {
  one(key: string): Promise<Value | null>;
  /** The values of those keys that have one, in any order. */
  many(keys: string[]): Promise<Map<string, Value>>;
}

interface Waiting<Value> {
  key: string;
  resolve(value: Value | null): void;
  reject(error: unknown): void;
}

/**
 * Reads at once while little is going on, and together what piles up: alone nobody waits for a batch, and under load
 * the many share one statement. Every caller gets the value of its own key.
 */
export function naturalBatch<Value>({
  one,
  many,
}: Reads<Value>): (key: string) => Promise<Value | null> {
  let inFlight = 0;
  let waiting: Waiting<Value>[] = [];

  return function read(key) {
    if (inFlight < IN_FLIGHT) return underway(one(key));
    return new Promise((resolve, reject) => waiting.push({ key, resolve, reject }));
  };

  async function underway<Result>(work: Promise<Result>): Promise<Result> {
    inFlight += 1;
    try {
      return await withDeadline(work, DEADLINE);
    } finally {
      inFlight -= 1;
      leaveTogether();
    }
  }

  function leaveTogether(): void {
    if (waiting.length === 0) return;
    const leaving = waiting;
    waiting = [];
    const keys = [...new Set(leaving.map(({ key }) => key))];
    underway(many(keys)).then(
      (values) => {
        for (const { key, resolve } of leaving) resolve(values.get(key) ?? null);
      },
      (error) => {
        for (const { reject } of leaving) reject(error);
      },
    );
  }
}
