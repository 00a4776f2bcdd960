import { commonPasswords } from "./common-passwords.ts";
import { surprise } from "./surprise.ts";

/** Why a new password is refused, in the order in which it is looked at. */
export type PasswordRefusal =
  | "password_too_long"
  | "password_invalid"
  | "password_too_short"
  | "password_guessable"
  | "password_common";

/** `minLength` counts code points; `words` are the app's name, the email's local part and its domain. */
export interface PasswordPolicy {
  minLength?: number;
  words?: readonly string[];
}

/** NIST SP 800-63B-4 section 3.1.1.2, for a password that is the only factor. */
const MIN_LENGTH = 15;

/** NIST asks for at least 64. In UTF-8 these are 512 bytes at most, whatever is written. */
const MAX_LENGTH = 128;

/** Composing makes one code point of at most four, each of two UTF-16 units at most: more is too long in any form. */
const MAX_RAW_UNITS = 8 * MAX_LENGTH;

/** What three unrelated everyday words are worth, or nine free characters; less where less length is asked for. */
const MIN_SURPRISE = 9;

/**
 * The one form of a password that is measured, hashed and compared: NFKC, nothing trimmed, nothing cut. What is too
 * long in any form comes back as it was: a megabyte of accents takes minutes to normalise.
 */
export function normalizePassword(raw: string): string {
  return raw.length > MAX_RAW_UNITS ? raw : raw.normalize("NFKC");
}

/** Whether a normalised password exceeds 128 code points (so 512 bytes), which nothing stored ever did. */
export function isTooLong(password: string): boolean {
  return password.length > 2 * MAX_LENGTH || [...password].length > MAX_LENGTH;
}

/**
 * Why this new password must not be taken, or null. Refuses by length (15 to 128 code points after normalising),
 * lone surrogates, U+FFFD and NUL, and what an attacker tries first: common passwords, `words`, runs and repeats.
 */
export async function refusePassword(
  raw: string,
  { minLength = MIN_LENGTH, words = [] }: PasswordPolicy = {},
): Promise<PasswordRefusal | null> {
  const password = normalizePassword(raw);
  if (isTooLong(password)) return "password_too_long";
  if (!isText(password)) return "password_invalid";
  if ([...password].length < minLength) return "password_too_short";
  return refuseGuessable(password, minLength, contextWords(words));
}

/** Argon2's binding hashes every lone surrogate as U+FFFD, and a form decoder writes U+FFFD for broken bytes. */
function isText(password: string): boolean {
  return password.isWellFormed() && !password.includes("\uFFFD") && !password.includes("\0");
}

async function refuseGuessable(password: string, minLength: number, context: Set<string>) {
  const folded = password.toLowerCase();
  const enough = Math.min(MIN_SURPRISE, Math.ceil(minLength * 0.6));
  if (surprise(folded, { context }) < enough) return "password_guessable";
  const common = await commonPasswords();
  return surprise(folded, { context, common }) < enough ? "password_common" : null;
}

/** Names and addresses as they are and taken apart. */
function contextWords(words: readonly string[]): Set<string> {
  const parts = words.flatMap((word) => {
    const folded = normalizePassword(word).toLowerCase();
    return [folded, ...folded.split(/[^\p{L}\p{M}\p{N}]+/u)];
  });
  return new Set(parts);
}
