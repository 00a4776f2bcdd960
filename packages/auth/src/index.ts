export { type Auth, type AuthConfig, createAuth } from "./auth.ts";
export { type Duration, days, hours, minutes, seconds } from "./duration.ts";
export { AuthError, type AuthErrorCode } from "./errors.ts";
export type { AuditAction } from "./features/audit/actions.ts";
export type {
  MailContent,
  MailKind,
  MailMessage,
  Mails,
  MailTemplates,
  MailTransport,
} from "./features/outbox/mails.ts";
export type { ListedSession, Session } from "./features/sessions/sessions.ts";
export type { LoginOptions, Refused, SecondFactorOptions } from "./login.ts";
export type { Method, Proof } from "./proof.ts";
export type { Authed, Policy } from "./router/guards.ts";
export type { RouteArgs } from "./router/visit.ts";
