import { type Duration, days, hours, minutes } from "../../duration.ts";

/**
 * Every one-time secret in the house, with its lifetime: links as NIST SP 800-63B-4 and the OWASP
 * Forgot Password Cheat Sheet advise, a challenge long enough to find the phone, a "this wasn't me" long enough to
 * find the mail.
 */
export const PURPOSES = {
  "verify-email": hours(24),
  "reset-password": minutes(30),
  "second-factor": minutes(10),
  "email-code": minutes(10),
  "email-code-factor": minutes(10),
  "magic-link": minutes(10),
  "confirm-email": hours(1),
  "cancel-email": hours(1),
  disown: days(7),
  reactivate: minutes(30),
} as const satisfies Record<string, Duration>;

export type TokenPurpose = keyof typeof PURPOSES;
