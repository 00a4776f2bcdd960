import type { Database } from "./database.ts";

/** How a visitor proved who they are; the words of RFC 8176 where it has one. */
export type Method = "pwd" | "email" | "otp" | "backup-code" | "passkey" | "oauth";

/** What a first factor found out: who this is, and how they showed it. */
export interface Proof {
  userId: string;
  method: Method;
  /** Counts as two factors by itself, as a passkey with user verification does. */
  aal?: 2;
  /**
   * Asked by the front door in its transaction: whether what was shown still holds. A password that was changed
   * between the look at it and the login must not let anybody in. What works once is spent by the asking.
   */
  holds?(tx: Database): Promise<boolean>;
  /** Called by the front door when the login it began has committed: what the browser held for it can go. */
  done?(): void;
}
