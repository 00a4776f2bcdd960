import { createHmac, randomInt } from "node:crypto";
import type { Keys } from "./keys.ts";
import { sameText } from "./same.ts";

const DIGITS = 6;

/** Six decimal digits without modulo bias, for a human to type. */
export function generateCode(): string {
  return String(randomInt(10 ** DIGITS)).padStart(DIGITS, "0");
}

/** A keyed hash bound to its context: a dump of the database alone does not reveal a six-digit code. */
export function hashCode(keys: Keys, code: string, context: string): string {
  return hmac(keys[0], code, context);
}

/** Whether this is the code that was hashed; spaces and dashes a human adds are forgiven. */
export function codeMatches(keys: Keys, typed: string, context: string, hash: string): boolean {
  const code = typed.replace(/[\s-]/g, "");
  return keys.some((key) => sameText(hmac(key, code, context), hash));
}

function hmac({ key }: Keys[number], code: string, context: string): string {
  return createHmac("sha256", key).update(context).update("\0").update(code).digest("base64url");
}
