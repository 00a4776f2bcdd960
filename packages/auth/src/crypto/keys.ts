import { createHash, createSecretKey, hkdfSync, type KeyObject } from "node:crypto";

/** What a derived key may be used for; a key made for one purpose is worthless for another. */
export type KeyPurpose = "token" | "code" | "rate-limit" | "seal" | "factor" | "decoy";

export interface Key {
  id: string;
  key: KeyObject;
}

/** The keys of one purpose: the first is used for what is new, all are tried on what is old. */
export type Keys = readonly [Key, ...Key[]];

export interface KeyRing {
  for(purpose: KeyPurpose): Keys;
}

/** Derives 256-bit keys per purpose (HKDF-SHA-256, RFC 5869) from secrets in the order newest first. */
export function keyRing(secrets: readonly [string, ...string[]]): KeyRing {
  const derived = new Map<KeyPurpose, Keys>();
  return {
    for(purpose) {
      const known = derived.get(purpose);
      if (known) return known;
      const keys = secrets.map((secret) => derive(secret, purpose)) as unknown as Keys;
      derived.set(purpose, keys);
      return keys;
    },
  };
}

function derive(secret: string, purpose: KeyPurpose): Key {
  const bytes = Buffer.from(hkdfSync("sha256", secret, "auth-rr", purpose, 32));
  // KeyObjects are cached because an HMAC with a raw buffer is several times slower.
  return { id: keyId(secret), key: createSecretKey(bytes) };
}

function keyId(secret: string): string {
  const named = Buffer.from(hkdfSync("sha256", secret, "auth-rr", "key-id", 32));
  return createHash("sha256").update(named).digest("hex").slice(0, 8);
}
