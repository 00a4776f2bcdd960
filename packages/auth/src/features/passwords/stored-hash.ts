import type { StoredHash } from "./hash-worker.ts";

const ARGON2ID =
  /^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,3}),p=(\d{1,2})\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{16,171})$/;
const BCRYPT = /^\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}$/;
const SCRYPT =
  /^\$scrypt\$(ln|[nN])=(\d{1,7}),r=(\d{1,2}),p=(\d{1,2})\$([A-Za-z0-9+/]{1,171})={0,2}\$([A-Za-z0-9+/]{22,171})={0,2}$/;

/** Memory × passes of an imported Argon2id, as for our own: 1 GiB, about a third of a second. */
const ARGON2ID_CEILING_KIB = 1_048_576;
const ARGON2ID_MAX_LANES = 16;

/** Twice the costliest scrypt of the OWASP Password Storage Cheat Sheet (N=2^17, r=8, p=1: 128 MiB). */
const SCRYPT_CEILING_BYTES = 256 * 1_048_576;

/** bcrypt's own minimum, and one second of work: each step doubles it, and imports stand at 10 to 12. */
const BCRYPT_COST = { min: 4, max: 14 };

/** What a stored string asks to be compared with; null when it is no hash we know or costs too much to check. */
export function readStoredHash(stored: string): StoredHash | null {
  return readArgon2id(stored) ?? readBcrypt(stored) ?? readScrypt(stored);
}

/** Whether a login would produce just such a hash today. */
export function isCurrent(
  stored: StoredHash,
  current: { memoryKib: number; passes: number },
): boolean {
  if (stored.scheme !== "argon2id" || stored.lanes !== 1) return false;
  return stored.memoryKib === current.memoryKib && stored.passes === current.passes;
}

function readArgon2id(text: string): StoredHash | null {
  const match = ARGON2ID.exec(text);
  if (!match) return null;
  const [memoryKib, passes, lanes] = numbers(match, 1, 4);
  const possible = passes >= 1 && lanes >= 1 && memoryKib >= 8 * lanes;
  if (!possible || lanes > ARGON2ID_MAX_LANES) return null;
  if (memoryKib * passes > ARGON2ID_CEILING_KIB) return null;
  return { scheme: "argon2id", text, memoryKib, passes, lanes };
}

function readBcrypt(text: string): StoredHash | null {
  const cost = Number(BCRYPT.exec(text)?.[1] ?? 0);
  return cost >= BCRYPT_COST.min && cost <= BCRYPT_COST.max ? { scheme: "bcrypt", text } : null;
}

/** `ln=` holds the base-2 logarithm of N (PHC and passlib), `n=` or `N=` N itself. */
function readScrypt(text: string): StoredHash | null {
  const match = SCRYPT.exec(text);
  if (!match) return null;
  const [cost, r, p] = numbers(match, 2, 5);
  const N = match[1] === "ln" ? 2 ** cost : cost;
  const powerOfTwo = N >= 2 && Number.isInteger(Math.log2(N));
  if (!powerOfTwo || r < 1 || p < 1 || 128 * N * r * p > SCRYPT_CEILING_BYTES) return null;
  const [salt, key] = [bytes(match[5]), bytes(match[6])];
  return { scheme: "scrypt", N, r, p, salt, key };
}

function numbers(match: RegExpExecArray, from: number, to: number) {
  return match.slice(from, to).map(Number) as [number, number, number];
}

function bytes(base64 = ""): Uint8Array {
  return new Uint8Array(Buffer.from(base64, "base64"));
}
