import { TooBusy } from "../../failures.ts";

/** No hash could start in time: answer 503 with this Retry-After. Nothing was hashed or decided. */
export class HashQueueFull extends TooBusy {
  override name = "HashQueueFull";

  constructor(retryAfterSeconds: number) {
    super(
      "More passwords wait to be hashed than this machine can hash in time.",
      retryAfterSeconds,
    );
  }
}

/** How many run at once, how many more may wait, and for how many milliseconds. */
export interface HashQueueLimits {
  lanes: number;
  waiting: number;
  waitMs: number;
}

/** Runs work first come, first served within the limits; throws HashQueueFull for what is beyond them. */
export function hashQueue({ lanes, waiting, waitMs }: HashQueueLimits) {
  const line = new Set<() => void>();
  let running = 0;
  return run;

  async function run<T>(work: () => Promise<T>): Promise<T> {
    await turn();
    try {
      return await work();
    } finally {
      passTurnOn();
    }
  }

  async function turn(): Promise<void> {
    if (running < lanes) running += 1;
    else if (line.size >= waiting) throw full();
    else await place();
  }

  function place(): Promise<void> {
    return new Promise((resolve, reject) => {
      const giveUp = setTimeout(() => {
        line.delete(called);
        reject(full());
      }, waitMs);
      function called() {
        clearTimeout(giveUp);
        resolve();
      }
      line.add(called);
    });
  }

  function passTurnOn() {
    const [next] = line;
    if (!next) running -= 1;
    else {
      line.delete(next);
      next();
    }
  }

  function full() {
    return new HashQueueFull(Math.ceil(waitMs / 1000));
  }
}
