/** Every mail the house sends and what its template gets to say. URLs come from the configured origin. */
export interface Mails {
  "verify-email": { url: string; code: string; device: string };
  "already-registered": { loginUrl: string; resetUrl: string; device: string };
  "reset-password": { url: string; device: string };
  "password-changed": { disownUrl: string; resetUrl: string; device: string };
  "second-factor-locked": { disownUrl: string; resetUrl: string; device: string };
  "totp-enabled": { disownUrl: string; resetUrl: string; device: string };
  "totp-disabled": { disownUrl: string; resetUrl: string; device: string };
  "backup-codes-changed": { disownUrl: string; resetUrl: string; device: string };
  "backup-code-used": { codesLeft: number; disownUrl: string; resetUrl: string; device: string };
  "passkey-added": { disownUrl: string; resetUrl: string; device: string };
  "passkey-removed": { disownUrl: string; resetUrl: string; device: string };
  "email-code": { code: string; device: string };
  "magic-link": { url: string; device: string };
  "confirm-email": { url: string; device: string };
  "email-change-requested": {
    cancelUrl: string;
    disownUrl: string;
    resetUrl: string;
    device: string;
  };
  "email-changed": { disownUrl: string; resetUrl: string; device: string };
  "email-change-completed": { device: string };
  "new-device-login": { disownUrl: string; resetUrl: string; device: string };
  "login-locked": { disownUrl: string; resetUrl: string; device: string };
  "session-reused": { disownUrl: string; resetUrl: string; device: string };
  "deletion-scheduled": {
    deletedAt: string;
    loginUrl: string;
    disownUrl: string;
    resetUrl: string;
    device: string;
  };
  "deletion-cancelled": { disownUrl: string; resetUrl: string; device: string };
  "deletion-done": { homeUrl: string };
}

export type MailKind = keyof Mails;

/** Where the visitor was who had the mail sent. Sealed with it, and known to the template as a place alone. */
export interface MailOrigin {
  ip?: string | null;
}

/** What every template gets besides. */
export interface MailView {
  appName: string;
  /** When it happened, by the database's clock. */
  at: Date;
  /** Where it was done, roughly, in the words of your `placeOf`; null when that is not known. */
  place: string | null;
}

/** One template per mail of the features the app lists, in the app's own words. */
export type MailTemplates = {
  [Kind in MailKind]?: (mail: Mails[Kind] & MailView) => MailContent;
};

export interface MailContent {
  subject: string;
  text: string;
  html: string;
}

/** A mail ready to leave. */
export interface MailMessage extends MailContent {
  from: string;
  to: string;
}

/** Takes mail out of the house. Rejects when it could not; the outbox tries again. */
export interface MailTransport {
  send(message: MailMessage): Promise<void>;
  /** Set on transports that keep mail where anybody can read it: production refuses to start with one. */
  developmentOnly?: true;
}
