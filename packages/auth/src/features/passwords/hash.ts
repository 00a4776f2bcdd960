import { AuthError } from "../../errors.ts";
import { runHashJob } from "./hash-pool.ts";
import { isTooLong } from "./policy.ts";
import { isCurrent, readStoredHash } from "./stored-hash.ts";

/** The cost of one Argon2id hash: memory in KiB and the number of passes over it, always on one lane. */
export interface HashParameters {
  memoryKib: number;
  passes: number;
}

/** OWASP Password Storage Cheat Sheet for Argon2id: 19 MiB, two passes, one lane. */
const FLOOR: HashParameters = { memoryKib: 19_456, passes: 2 };

/** 1 GiB touched per hash, about a third of a second; more would turn every login into an outage. */
const CEILING_KIB = 1_048_576;

/** Fills in the OWASP floor; throws ERR_AUTH_CONFIG_INVALID below it and above 1 GiB (memory × passes). */
export function hashParameters(chosen: Partial<HashParameters> = {}): HashParameters {
  const parameters = { ...FLOOR, ...chosen };
  const { memoryKib, passes } = parameters;
  const whole = Number.isInteger(memoryKib) && Number.isInteger(passes);
  const strong = memoryKib >= FLOOR.memoryKib && passes >= FLOOR.passes;
  if (whole && strong && memoryKib * passes <= CEILING_KIB) return parameters;
  throw new AuthError(
    "ERR_AUTH_CONFIG_INVALID",
    `Argon2id with memoryKib ${memoryKib} and passes ${passes} is outside what passwords may cost. ` +
      `Choose whole numbers, memoryKib at least ${FLOOR.memoryKib} and passes at least ${FLOOR.passes} ` +
      `(the OWASP floor), and keep memoryKib × passes within ${CEILING_KIB}.`,
  );
}

/** The PHC string to store; throws HashQueueFull when the machine is busy. Normalise and check the policy first. */
export function hashPassword(
  password: string,
  chosen: Partial<HashParameters> = {},
): Promise<string> {
  return runHashJob({ kind: "hash", password, ...hashParameters(chosen) });
}

/** `outdated` asks for a new hash: another scheme or other parameters than the current ones. */
export interface PasswordCheck {
  matches: boolean;
  outdated: boolean;
}

/**
 * Compares with an Argon2id, bcrypt or scrypt hash and throws nothing but HashQueueFull. A missing, odd or
 * absurdly expensive hash and an over-long password cost one Argon2id like any other check, and never match.
 * bcrypt sees the first 72 bytes only; once the hash is upgraded every byte counts.
 */
export async function checkPassword(
  stored: string | null,
  password: string,
  chosen: Partial<HashParameters> = {},
): Promise<PasswordCheck> {
  const current = hashParameters(chosen);
  const decoy = decoyHash(current);
  const known = isTooLong(password) ? null : readStoredHash(stored ?? "");
  if (!known) {
    await runHashJob({ kind: "check", stored: decoy, decoy, password: "" });
    return { matches: false, outdated: false };
  }
  const matches = await runHashJob({ kind: "check", stored: known, decoy, password });
  return { matches, outdated: !isCurrent(known, current) };
}

/** Well-formed, costs what a real one costs, and belongs to no password anybody can find. */
function decoyHash({ memoryKib, passes }: HashParameters) {
  const text = `$argon2id$v=19$m=${memoryKib},t=${passes},p=1$${"A".repeat(22)}$${"A".repeat(43)}`;
  return { scheme: "argon2id", text, memoryKib, passes, lanes: 1 } as const;
}
