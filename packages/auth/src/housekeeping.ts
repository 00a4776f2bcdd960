import type { Core } from "./core.ts";
import { hours } from "./duration.ts";
import { outbox } from "./features/outbox/outbox.ts";
import { rateLimits } from "./features/rate-limits/rate-limits.ts";
import { sessionRotation } from "./features/session-rotation/session-rotation.ts";
import { sessions } from "./features/sessions/sessions.ts";
import { tokens } from "./features/tokens/tokens.ts";

const EVERY = hours(1);

/** Deletes what is over: it never matched a lookup anyway, but tables should stay small. Safe on many nodes at once. */
export async function prune(core: Core): Promise<void> {
  await sessions(core).deleteExpired();
  await sessionRotation(core)?.forgetSuccessors();
  await tokens(core).deleteExpired();
  await rateLimits(core).deleteExpired();
  await outbox(core).deleteSent();
  await core.house.deleteExpired();
}

/** Prunes every hour from inside the app's process, until it is stopped. */
export function startHousekeeping(core: Core): { stop(): void } {
  // A database that is away will be pruned an hour later.
  const timer = setInterval(() => prune(core).catch(() => {}), EVERY * 1000).unref();
  return { stop: () => clearInterval(timer) };
}
