import type { Method } from "../../proof.ts";

/**
 * Every audit action with the details it may carry. Details are closed words and numbers, never free text,
 * so a password, token or address cannot get in by accident.
 */
export interface AuditActions {
  "user.registered": Record<never, never>;
  "user.registered-again": Record<never, never>;
  "login.succeeded": { amr: Amr; aal: 1 | 2; persistent: boolean };
  "login.failed": { method: Method };
  "login.challenged": { method: Method };
  "login.refused": { reason: LoginRefusal };
  logout: Record<never, never>;
  "email.verification-requested": Record<never, never>;
  "email.verified": {
    by: "link" | "link and password" | "code" | "password reset" | "magic link" | "email change";
  };
  "email.change-requested": Record<never, never>;
  "email.change-cancelled": { by: "settings" | "link" };
  "email.changed": { by: "link" | "disowning" };
  "account.disowned": Record<never, never>;
  "login.locked": { method: Method };
  "magic-link.requested": Record<never, never>;
  "password.changed": Record<never, never>;
  "password.reset-requested": Record<never, never>;
  "password.reset": Record<never, never>;
  "session.revoked": Record<never, never>;
  "session.others-revoked": { count: number };
  "session.all-revoked": { count: number };
  "session.stepped-up": { method: Method };
  "factor.failed": { method: Method };
  "factor.locked": { method: Method };
  "totp.begun": Record<never, never>;
  "totp.enabled": Record<never, never>;
  "totp.disabled": Record<never, never>;
  "backup-codes.changed": { count: number };
  "backup-codes.used": { left: number };
  "trusted-device.added": Record<never, never>;
  "trusted-device.used": Record<never, never>;
  "trusted-device.forgotten": Record<never, never>;
  "email-code.requested": Record<never, never>;
  "passkey.added": Record<never, never>;
  "passkey.renamed": Record<never, never>;
  "passkey.removed": Record<never, never>;
  "passkey.suspected": { what: "counter" | "backup"; policy: "warn" | "requireStepUp" | "revoke" };
}

type LoginRefusal =
  | "account_disabled"
  | "email_unverified"
  | "password_change_required"
  | "proof_outdated"
  | "stronger_factor_required";

export type AuditAction = keyof AuditActions;

/** The methods of one login, joined by a space. */
type Amr = `${Method}` | `${Method} ${Method}`;
