import { type Duration, days, hours } from "../../duration.ts";

export interface SessionLimit {
  /** Over at the latest, however busy. */
  absolute: Duration;
  /** Over after so much silence. */
  idle: Duration;
}

export interface SessionLimits {
  /** Without "keep me signed in". */
  browser: SessionLimit;
  /** With "keep me signed in". */
  persistent: SessionLimit;
}

/** NIST SP 800-63B-4 section 2: re-authentication at least every 30 days (AAL1) or 24 hours (AAL2). */
export const defaultSessionLimits: SessionLimits = {
  browser: { absolute: hours(24), idle: hours(2) },
  persistent: { absolute: days(30), idle: days(7) },
};
