import { createHmac, randomBytes } from "node:crypto";

/** NIST SP 800-63B-4 section 3.1.2.1 asks for 64 bits; sixteen characters of five bits have 80. */
const BYTES = 10;

/** Crockford's base 32: no letter in it looks like a digit or another letter. */
const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";

/** A code for a human to keep on paper: 80 random bits, in four groups. */
export function newBackupCode(): string {
  const bits = BigInt(`0x${randomBytes(BYTES).toString("hex")}`);
  const letters = Array.from({ length: (BYTES * 8) / 5 }, (_, at) => letterAt(bits, at));
  return letters.join("").replace(/.{4}(?=.)/g, "$&-");
}

function letterAt(bits: bigint, at: number): string {
  return ALPHABET[Number((bits >> BigInt(at * 5)) & 31n)] as string;
}

/** What is stored of a code. Case, spaces, dashes and letters taken for digits make no difference; null for no code. */
export function hashBackupCode(typed: string, key: string): string | null {
  const code = typed.replace(/[\s-]/g, "").toLowerCase().replaceAll("o", "0").replace(/[il]/g, "1");
  if (!/^[0-9a-hjkmnp-tv-z]{16}$/.test(code)) return null;
  return createHmac("sha256", Buffer.from(key, "base64url")).update(code).digest("base64url");
}
