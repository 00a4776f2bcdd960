import { createHash } from "node:crypto";

/** Answers whether a normalised password is known from a breach; what cannot be found out in time is no. */
export type BreachedCheck = (password: string) => Promise<boolean>;

/** The Pwned Passwords range API: it learns the first 5 of a SHA-1's 40 hex digits, never the password. */
const RANGE_API = "https://api.pwnedpasswords.com/range/";
const PREFIX_LENGTH = 5;

/** How long a visitor may have to wait for somebody else's server. */
const TIMEOUT_MS = 1_000;

/** Asks Pwned Passwords by k-anonymity; when that fails or takes over a second it lets pass and warns in one line. */
export function breachedCheck({ fetch = globalThis.fetch } = {}): BreachedCheck {
  return async (password) => {
    const sha1 = createHash("sha1").update(password).digest("hex").toUpperCase();
    const prefix = sha1.slice(0, PREFIX_LENGTH);
    try {
      return isListed(await inTime((signal) => ask(fetch, prefix, signal)), sha1);
    } catch (error) {
      // Its name alone: a message may quote the address, and with it a part of the hash.
      const why = error instanceof Error ? error.name : "unknown error";
      console.warn(`auth: a new password was not checked against known breaches (${why}).`);
      return false;
    }
  };
}

/** A `fetch` of the app's own need not heed the signal. */
async function inTime<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const over = new Promise<never>((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason));
  });
  return Promise.race([work(signal), over]);
}

/** Padding hides from the network how many passwords share the prefix. */
async function ask(fetch: typeof globalThis.fetch, prefix: string, signal: AbortSignal) {
  const response = await fetch(RANGE_API + prefix, { headers: { "Add-Padding": "true" }, signal });
  if (response.ok) return response.text();
  throw Object.assign(new Error(), { name: `status ${response.status}` });
}

/** Each line is the rest of a hash and how often it was seen; padding was seen 0 times. */
function isListed(lines: string, sha1: string): boolean {
  const rest = sha1.slice(PREFIX_LENGTH);
  return lines.split(/\r?\n/).some((line) => {
    const [suffix, count] = line.split(":");
    return suffix === rest && Number(count) > 0;
  });
}
