export { type Auth, type AuthConfig, createAuth } from "./auth.ts";
export type { Core } from "./core.ts";
export type { Database } from "./database.ts";
export { type Duration, days, hours, minutes, seconds } from "./duration.ts";
export { AuthError, type AuthErrorCode } from "./errors.ts";
export type { AuthEvent } from "./events.ts";
export type { AuditAction, AuditActions } from "./features/audit/actions.ts";
export type {
  MailContent,
  MailKind,
  MailMessage,
  Mails,
  MailTemplates,
  MailTransport,
  MailView,
} from "./features/outbox/mails.ts";
export type { KnowsPassword } from "./features/passwords/keeper.ts";
export type { RateLimited } from "./features/rate-limits/rate-limits.ts";
export type { ListedSession, Session } from "./features/sessions/sessions.ts";
export type { AnyUser } from "./features/users/table.ts";
export type { LoginOptions, Refused, SecondFactorOptions } from "./login.ts";
export { pathsUnder } from "./paths.ts";
export type { Method, Proof } from "./proof.ts";
export type { Authed, Policy } from "./router/guards.ts";
export type { RouteArgs } from "./router/visit.ts";
export type { Visitor } from "./visitor.ts";
