import type { Core } from "../../core.ts";
import { seconds } from "../../duration.ts";
import { sessionsStore } from "./store.ts";

const FLUSH_EVERY = seconds(5);

/** Collects who was seen and writes it down in bulk: a write per request would cost several lookups. */
export function lastSeen(core: Core) {
  const store = sessionsStore(core);
  const waiting = new Set<string>();
  let timer: NodeJS.Timeout | undefined;

  async function flush(): Promise<void> {
    clearTimeout(timer);
    timer = undefined;
    const ids = [...waiting];
    waiting.clear();
    if (ids.length > 0) await store.touch(ids);
  }

  return {
    flush,
    note(id: string): void {
      waiting.add(id);
      // A lost note costs a minute of "last seen", so a database that is away is no reason to stop anything.
      timer ??= setTimeout(() => flush().catch(() => {}), FLUSH_EVERY * 1000).unref();
    },
  };
}
