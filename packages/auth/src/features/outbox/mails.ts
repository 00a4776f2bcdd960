/** Every mail the house sends and what its template gets to say. URLs come from the configured origin. */
export interface Mails {
  "verify-email": { url: string; code: string; device: string };
  "already-registered": { loginUrl: string; resetUrl: string; device: string };
  "reset-password": { url: string; device: string };
  "password-changed": { resetUrl: string; device: string };
  "second-factor-locked": { resetUrl: string; device: string };
  "totp-enabled": { resetUrl: string; device: string };
  "totp-disabled": { resetUrl: string; device: string };
  "backup-codes-changed": { resetUrl: string; device: string };
  "backup-code-used": { codesLeft: number; resetUrl: string; device: string };
  "email-code": { code: string; device: string };
  "session-reused": { resetUrl: string; device: string };
  "deletion-scheduled": { deletedAt: string; loginUrl: string; resetUrl: string; device: string };
  "deletion-cancelled": { resetUrl: string; device: string };
  "deletion-done": { homeUrl: string };
}

export type MailKind = keyof Mails;

/** One template per mail of the features the app lists, in the app's own words. */
export type MailTemplates = {
  [Kind in MailKind]?: (mail: Mails[Kind] & { appName: string }) => MailContent;
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
