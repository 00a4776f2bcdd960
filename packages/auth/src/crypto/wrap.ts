import type { Keys } from "./keys.ts";
import { open, seal } from "./seal.ts";

/**
 * Seals a secret that outlives a rotation, once under each key of the ring and the newest first: while a new secret
 * rolls out, nodes that know only the old one can open it too.
 */
export function wrap(keys: Keys, text: string, context: string): string {
  return keys.map((key) => seal([key], text, context)).join(" ");
}

/**
 * The sealed text and, when it is due, the same wrapped anew; null when it was altered, moved to another context or
 * wrapped with keys we no longer hold.
 */
export function unwrap(keys: Keys, wrapped: string, context: string) {
  const wraps = wrapped.split(" ");
  for (const one of wraps) {
    const text = open(keys, one, context);
    if (text === null) continue;
    return { text, rewrapped: isDue(keys, wraps) ? wrap(keys, text, context) : null };
  }
  return null;
}

function isDue(keys: Keys, wraps: string[]): boolean {
  const ours = keys.map(({ id }) => id);
  const theirs = wraps.map((one) => one.split(".")[0] as string);
  // Our newest key stands behind another: a node with a newer ring wrote this, and ours is on its way out.
  if (theirs.indexOf(keys[0].id) > 0) return false;
  return ours.join() !== theirs.join();
}
