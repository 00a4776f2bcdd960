import { createHmac } from "node:crypto";
import type { Core } from "../../core.ts";
import type { Database } from "../../database.ts";
import { type Duration, hours, minutes } from "../../duration.ts";
import { type Backoff, rateLimitsStore, type Verdict } from "./store.ts";

/** Sliding windows, each for one key: how many hits in which time. */
const WINDOWS = {
  "login by network": { count: 30, per: minutes(1) },
  "registration by network": { count: 20, per: hours(1) },
  "mail by network": { count: 20, per: hours(1) },
  "mail to address": { count: 5, per: hours(1) },
  "mail to address by day": { count: 10, per: hours(24) },
  "resend by flow": { count: 1, per: minutes(1) },
  "link by network": { count: 20, per: minutes(1) },
  "passkey options by network": { count: 60, per: minutes(1) },
  "code by address": { count: 10, per: hours(1) },
  "email change by user": { count: 5, per: hours(1) },
} as const satisfies Record<string, { count: number; per: Duration }>;

export type Window = keyof typeof WINDOWS;

/** NIST SP 800-63B-4 section 3.2.2: no more than 100 consecutive failures on one account. */
const CONSECUTIVE_FAILURES = 100;

const PASSWORD_TRIES = { stopAt: CONSECUTIVE_FAILURES, lockAt: 20 };

/** A code has six digits of which three are good at any time, so there are fewer tries at it than at a password. */
const FACTOR_TRIES = { stopAt: CONSECUTIVE_FAILURES, lockAt: 10 };

export interface RateLimited {
  ok: false;
  reason: "rate_limited";
  retryAfterSeconds: number;
}

export type Admission = { ok: true } | RateLimited;

export type TryAdmission = { ok: true; isLast: boolean } | RateLimited;

/** Counts in the database alone, so that any number of nodes agree; keys are stored hashed. */
export function rateLimits(core: Core, db: Database = core.db) {
  const store = rateLimitsStore(core, db);
  const keyOf = (name: string, value: string) =>
    createHmac("sha256", core.keys.for("rate-limit")[0].key)
      .update(`${name}\0${value}`)
      .digest("base64url");

  async function admit(name: Window, value: string): Promise<Admission> {
    const { count, per } = WINDOWS[name];
    return answer(await store.hitWindow(keyOf(name, value), count, per));
  }

  /** Whether this address may get one more mail that anybody can ask for; refuses with `rate_limited`. */
  async function admitMail(address: string): Promise<Admission> {
    const hour = await admit("mail to address", address);
    return hour.ok ? admit("mail to address by day", address) : hour;
  }

  return {
    /** Whether one more may pass; refuses with `rate_limited`. */
    admit,

    admitMail,

    /** The same, and before it whether this network may ask for one more. */
    async admitMailFrom(network: string, address: string): Promise<Admission> {
      const asking = await admit("mail by network", network);
      return asking.ok ? admitMail(address) : asking;
    },

    /**
     * Reserves a try at the password of an account before it is looked at; `isLast` when none will be let in for a
     * while after this one. Refuses with `rate_limited`.
     */
    async reserveTry(account: string): Promise<TryAdmission> {
      const verdict = await store.hitBackoff(keyOf("password", account), PASSWORD_TRIES);
      return answerTry(verdict, PASSWORD_TRIES);
    },

    /** The right password was given, or a new one set: earlier failures are forgiven. */
    forgiveTries(account: string): Promise<void> {
      return store.clear(keyOf("password", account));
    },

    /**
     * Reserves a try at the second factors of a user, one count for all of them, before a code is looked at; `isLast`
     * when none will be let in for a while after this one. Refuses with `rate_limited`.
     */
    async reserveFactorTry(userId: string): Promise<TryAdmission> {
      const verdict = await store.hitBackoff(keyOf("second factor", userId), FACTOR_TRIES);
      return answerTry(verdict, FACTOR_TRIES);
    },

    /** A right code was given: earlier failures are forgiven. */
    forgiveFactorTries(userId: string): Promise<void> {
      return store.clear(keyOf("second factor", userId));
    },

    /** The password is another: failures of long ago are forgiven, those of the last hour still make a code wait. */
    easeFactorTries(userId: string): Promise<void> {
      return store.ease(keyOf("second factor", userId));
    },

    deleteExpired: store.deleteExpired,
  };
}

function answerTry(verdict: Verdict, { lockAt }: Backoff): TryAdmission {
  const admission = answer(verdict);
  return admission.ok ? { ok: true, isLast: verdict.recent === lockAt } : admission;
}

function answer({ admitted, retryAfterSeconds }: Verdict): Admission {
  return admitted ? { ok: true } : { ok: false, reason: "rate_limited", retryAfterSeconds };
}
