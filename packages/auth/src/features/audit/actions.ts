import type { Method } from "../../proof.ts";

/**
 * Every audit action with the details it may carry. Details are closed words and numbers, never free text,
 * so a password, token or address cannot get in by accident.
 */
export interface AuditActions {
  "user.registered": Record<string, never>;
  "user.registered-again": Record<string, never>;
  "login.succeeded": { amr: Amr; aal: 1 | 2; persistent: boolean };
  "login.failed": { method: Method };
  "login.challenged": { method: Method };
  "login.refused": { reason: LoginRefusal };
  logout: Record<string, never>;
  "email.verification-requested": Record<string, never>;
  "email.verified": {
    by: "link" | "link and password" | "code" | "password reset" | "magic link" | "email change";
  };
  "email.change-requested": Record<string, never>;
  "email.change-cancelled": { by: "settings" | "link" };
  "email.changed": { by: "link" | "disowning" };
  "account.disowned": Record<string, never>;
  "login.locked": { method: Method };
  "magic-link.requested": Record<string, never>;
  "password.set": Record<string, never>;
  "password.changed": Record<string, never>;
  "password.reset-requested": Record<string, never>;
  "password.reset": Record<string, never>;
  "session.revoked": Record<string, never>;
  "session.others-revoked": { count: number };
  "session.all-revoked": { count: number };
  "session.stepped-up": { method: Method };
  "session.reuse-detected": Record<string, never>;
  "factor.failed": { method: Method };
  "factor.locked": { method: Method };
  "totp.begun": Record<string, never>;
  "totp.enabled": Record<string, never>;
  "totp.disabled": Record<string, never>;
  "backup-codes.changed": { count: number };
  "backup-codes.used": { left: number };
  "trusted-device.added": Record<string, never>;
  "trusted-device.used": Record<string, never>;
  "trusted-device.forgotten": Record<string, never>;
  "email-code.requested": Record<string, never>;
  "passkey.added": Record<string, never>;
  "passkey.renamed": Record<string, never>;
  "passkey.removed": Record<string, never>;
  "passkey.suspected": { what: "counter" | "backup"; policy: "warn" | "requireStepUp" | "revoke" };
  "account.deletion-scheduled": { days: number };
  "account.deletion-cancelled": Record<string, never>;
  "account.deleted": { mode: "hard" | "soft" | "anonymise" };
  "account.exported": Record<string, never>;
}

type LoginRefusal =
  | "account_closing"
  | "account_disabled"
  | "email_unverified"
  | "password_change_required"
  | "proof_outdated"
  | "stronger_factor_required";

export type AuditAction = keyof AuditActions;

/** The methods of one login, joined by a space. */
type Amr = `${Method}` | `${Method} ${Method}`;
