import { connect, createServer, type Socket } from "node:net";
import { setTimeout } from "node:timers/promises";
import { listen } from "./ports.ts";

interface Pair {
  near: Socket;
  far: Socket;
  /** Dead without a word: what either side says is lost, and neither side is told. */
  forgotten: boolean;
  /** The next thing the far side says is its answer to what was waited for; it must not arrive. */
  doomed: boolean;
}

/** A stretch of network that can be made bad: stands between `near`, who connects, and the server at `targetPort`. */
export async function startChaos(targetPort: number) {
  const pairs = new Set<Pair>();
  let delayMs = 0;
  let barrier = Promise.withResolvers<void>();
  barrier.resolve();
  let cuts = { left: 0, after: /^$/ };
  let done = 0;

  const server = createServer((near) => {
    const far = connect(targetPort, "127.0.0.1");
    const pair: Pair = { near, far, forgotten: false, doomed: false };
    pairs.add(pair);
    near.on("close", () => pairs.delete(pair));
    forward(pair, near, far);
    forward(pair, far, near);
  });

  function forward(pair: Pair, from: Socket, to: Socket): void {
    let line = Promise.resolve();
    from.setNoDelay(true);
    from.on("data", (bytes) => {
      line = line.then(() => passOn(pair, to, bytes));
    });
    from.on("error", () => {});
    from.on("close", (failed) => {
      line = line.then(crossing).then(() => void (failed ? to.resetAndDestroy() : to.end()));
    });
  }

  async function passOn(pair: Pair, to: Socket, bytes: Buffer): Promise<void> {
    await crossing();
    if (pair.forgotten || to.destroyed) return;
    if (to === pair.near && pair.doomed) return cut(pair);
    if (to === pair.far && cuts.left > 0 && cuts.after.test(bytes.toString("latin1"))) {
      cuts.left -= 1;
      pair.doomed = true;
    }
    to.write(bytes);
  }

  async function crossing(): Promise<void> {
    if (delayMs > 0) await setTimeout(delayMs);
    await barrier.promise;
  }

  function cut({ near, far }: Pair): void {
    done += 1;
    near.resetAndDestroy();
    far.resetAndDestroy();
  }

  return {
    port: await listen(server),
    /** Ends every fault; what was held up arrives now. */
    pass(): void {
      delayMs = 0;
      cuts = { left: 0, after: /^$/ };
      barrier.resolve();
    },
    delay(milliseconds: number): void {
      delayMs = milliseconds;
    },
    /** Nothing passes and nobody is told. Afterwards it arrives late, because TCP sends again what was lost. */
    blackhole(): void {
      barrier = Promise.withResolvers();
    },
    /** As a firewall that lost its memory: the connections there are lead nowhere from now on, new ones work. */
    forget(): void {
      for (const pair of pairs) pair.forgotten = true;
    },
    /** Resets every connection there is; new ones are welcome. */
    reset(): void {
      for (const pair of pairs) cut(pair);
    },
    /** The next `count` connections on which `after` is sent are reset when the server has answered it, before the answer arrives. */
    cutAfter(after: RegExp, count: number): void {
      cuts = { left: count, after };
      done = 0;
    },
    /** How many connections were cut. */
    cutCount: () => done,
    connections: () => pairs.size,
  };
}

export type Chaos = Awaited<ReturnType<typeof startChaos>>;
