import { afterEach, describe, expect, it, vi } from "vitest";
import { HashQueueFull, hashQueue } from "./hash-queue.ts";

afterEach(() => {
  vi.useRealTimers();
});

/** Work that ends when it is told to. */
function work() {
  const started: (() => void)[] = [];
  const start = () => new Promise<void>((end) => started.push(end));
  return { started, start };
}

describe("the queue before the hashes", () => {
  it("R12 runs no more at once than there are lanes, in the order of asking", async () => {
    const run = hashQueue({ lanes: 2, waiting: 10, waitMs: 1_000 });
    let [running, most] = [0, 0];
    const order: number[] = [];
    const job = async (n: number) => {
      order.push(n);
      running += 1;
      most = Math.max(most, running);
      await new Promise(setImmediate);
      running -= 1;
    };
    await Promise.all([0, 1, 2, 3, 4, 5, 6].map((n) => run(() => job(n))));
    expect(most).toBe(2);
    expect(order).toEqual([0, 1, 2, 3, 4, 5, 6]);
  });

  it("R12 refuses at once when every place to wait is taken", async () => {
    const { started, start } = work();
    const run = hashQueue({ lanes: 1, waiting: 1, waitMs: 1_500 });
    const admitted = [run(start), run(start)];
    const refusal = await run(start).catch((error) => error);
    expect(refusal).toBeInstanceOf(HashQueueFull);
    expect(refusal.retryAfterSeconds).toBe(2);
    started[0]?.();
    await admitted[0];
    await vi.waitFor(() => expect(started).toHaveLength(2));
    started[1]?.();
    await admitted[1];
  });

  it("R12 refuses who has waited too long, and their work is never begun", async () => {
    vi.useFakeTimers();
    const { started, start } = work();
    const run = hashQueue({ lanes: 1, waiting: 5, waitMs: 2_000 });
    const first = run(start);
    const waiting = run(start).catch((error) => error);
    await vi.advanceTimersByTimeAsync(1_999);
    await vi.advanceTimersByTimeAsync(1);
    expect(await waiting).toBeInstanceOf(HashQueueFull);
    started[0]?.();
    await first;
    expect(started).toHaveLength(1);
    const later = run(start);
    await vi.advanceTimersByTimeAsync(0);
    started[1]?.();
    await later;
  });

  it("gives the lane on when work fails", async () => {
    const run = hashQueue({ lanes: 1, waiting: 5, waitMs: 1_000 });
    const failing = run(() => Promise.reject(new Error("no memory")));
    const next = run(async () => "done");
    await expect(failing).rejects.toThrow("no memory");
    expect(await next).toBe("done");
    expect(await run(async () => "again")).toBe("again");
  });
});
