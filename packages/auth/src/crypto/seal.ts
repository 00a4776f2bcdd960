import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import type { Key, Keys } from "./keys.ts";

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** Encrypts with AES-256-GCM; `context` (user, purpose …) must be the same to open it, so a moved row stays shut. */
export function seal(keys: Keys, text: string, context: string): string {
  const [{ id, key }] = keys;
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv("aes-256-gcm", key, nonce).setAAD(Buffer.from(context));
  const sealed = Buffer.concat([cipher.update(text, "utf8"), cipher.final()]);
  return `${id}.${Buffer.concat([nonce, sealed, cipher.getAuthTag()]).toString("base64url")}`;
}

/** The sealed text, or null when it was altered, moved to another context or sealed with a key we no longer hold. */
export function open(keys: Keys, sealed: string, context: string): string | null {
  const [id, body] = sealed.split(".");
  const key = keys.find((candidate) => candidate.id === id);
  return key && body ? decrypt(key, Buffer.from(body, "base64url"), context) : null;
}

function decrypt({ key }: Key, bytes: Buffer, context: string): string | null {
  if (bytes.length < NONCE_BYTES + TAG_BYTES) return null;
  const nonce = bytes.subarray(0, NONCE_BYTES);
  const tag = bytes.subarray(-TAG_BYTES);
  const decipher = createDecipheriv("aes-256-gcm", key, nonce).setAAD(Buffer.from(context));
  decipher.setAuthTag(tag);
  try {
    const body = bytes.subarray(NONCE_BYTES, -TAG_BYTES);
    return Buffer.concat([decipher.update(body), decipher.final()]).toString("utf8");
  } catch {
    return null;
  }
}
