import { createHmac, hash, type KeyObject, randomBytes, timingSafeEqual } from "node:crypto";
import type { Keys } from "./keys.ts";

const SECRET_BYTES = 32;
const TAG_BYTES = 4;
const LENGTH = ((SECRET_BYTES + TAG_BYTES) / 3) * 4;

/**
 * A 256-bit bearer secret and a 32-bit tag over its purpose, as 48 URL-safe characters.
 * The tag guards nothing; it lets junk and tokens of another purpose be turned away without a database query.
 */
export function generateToken(keys: Keys, purpose: string): string {
  const secret = randomBytes(SECRET_BYTES);
  return Buffer.concat([secret, tagOf(keys[0].key, purpose, secret)]).toString("base64url");
}

/** What is stored instead of the token, or null when this was never a token of that purpose. */
export function hashToken(keys: Keys, purpose: string, token: string): string | null {
  if (token.length !== LENGTH) return null;
  const bytes = Buffer.from(token, "base64url");
  if (bytes.length !== SECRET_BYTES + TAG_BYTES) return null;
  const secret = bytes.subarray(0, SECRET_BYTES);
  const tag = bytes.subarray(SECRET_BYTES);
  const ours = keys.some(({ key }) => timingSafeEqual(tagOf(key, purpose, secret), tag));
  // SHA-256 is enough: 256 bits of entropy leave nothing to guess.
  return ours ? hash("sha256", secret, "base64url") : null;
}

function tagOf(key: KeyObject, purpose: string, secret: Buffer): Buffer {
  const mac = createHmac("sha256", key).update(purpose).update("\0").update(secret).digest();
  return mac.subarray(0, TAG_BYTES);
}
