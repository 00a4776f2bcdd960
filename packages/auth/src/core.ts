import type { SQL } from "drizzle-orm";
import type { KeyRing } from "./crypto/keys.ts";
import type { Database } from "./database.ts";
import type { Telling } from "./events.ts";
import { lostARace } from "./failures.ts";
import type { Whence } from "./features/audit/audit.ts";
import type { AuditTable } from "./features/audit/table.ts";
import type { MailKind } from "./features/outbox/mails.ts";
import type { OutboxTable } from "./features/outbox/table.ts";
import type { RateLimitsTable } from "./features/rate-limits/table.ts";
import type { RotatedTokensTable } from "./features/session-rotation/table.ts";
import type { SessionLimits } from "./features/sessions/limits.ts";
import type { Current } from "./features/sessions/sessions.ts";
import type { SessionsTable } from "./features/sessions/table.ts";
import type { TokensTable } from "./features/tokens/table.ts";
import type { AnyUser, UsersTable } from "./features/users/table.ts";
import type { Paths } from "./paths.ts";
import type { Visitor } from "./visitor.ts";

/** What every feature receives. Small on purpose: a feature brings its own table and options. */
export interface Core {
  db: Database;
  users: UsersTable;
  sessions: SessionsTable;
  tokens: TokensTable;
  rateLimits: RateLimitsTable;
  auditEvents: AuditTable;
  outbox: OutboxTable;
  /** Without it sessions keep their token. */
  rotatedTokens: RotatedTokensTable | null;
  /** The database's clock, as SQL: nodes disagree about the time, the database does not. */
  now: SQL<Date>;
  keys: KeyRing;
  appName: string;
  origin: string;
  paths: Paths;
  sessionLimits: SessionLimits;
  unverifiedUsers: "allow" | "block";
  requiresSecondFactor(user: AnyUser): boolean;
  placeOf(ip: string): Promise<string | null>;
  /** Who is behind a session token. One for the whole house, so that all who ask share its statements. */
  findSession(token: string | null, whence?: Whence): Promise<Current | null>;
  house: House;
  hooks: Hooks;
  /** The name under which PostgreSQL keeps a statement; "" where it must not keep any by name. One name, one text. */
  statementName(what: string): string;
  /** The transactions that queued mail. */
  mailIn: WeakSet<Database>;
  /** Tells the app what happened, once it is committed. */
  telling: Telling;
  /** Called when a transition that queued mail has committed, so that it leaves soon. */
  committed(): void;
}

/** The whole contract between a feature and the house. */
export interface Feature {
  /** What the app's routes may call; the first argument becomes the route's own arguments. */
  operations: Record<string, (visitor: Visitor, ...rest: never[]) => Promise<unknown>>;
  /** The mails it queues; the app must have a template for each. */
  mails?: readonly MailKind[];
  /** Asked by the front door only. */
  isSecondFactorFor?(tx: Database, userId: string): Promise<boolean>;
  /** Without it a factor is a full one: "recovery" counts beside a full one alone, "mail" for who has no full one. */
  factorKind?: "recovery" | "mail";
  /** In how many ways of this feature the user can log in; asked before one of them is taken away. */
  waysIn?(tx: Database, userId: string): Promise<number>;
  /** Browsers from which a login owes no second factor. */
  trustedDevices?: TrustedDevices;
  /** Sweeps out what is over; asked every hour. */
  deleteExpired?(): Promise<void>;
  /** Whether the user must set a new password before anything else; asked by the front door only. */
  mustChangePassword?(tx: Database, userId: string): Promise<boolean>;
  /** Whether the account waits to be deleted, so that nobody comes in before it is taken back; asked by the front door only. */
  mustReactivate?(tx: Database, userId: string): Promise<boolean>;
  /** Deletes what it keeps of a user whose row stays behind; where the row goes, the database does it. */
  forget?(tx: Database, userId: string): Promise<void>;
  /** What it knows of a user, for the user to read: never a secret or its hash. */
  exportOf?(tx: Database, userId: string): Promise<unknown>;
  /** Starts proving that the user reads mail at their address. */
  proveMailbox?(tx: Database, visitor: Visitor, user: AnyUser): Promise<void>;
  /** Where the owner of this address says that it was not them. */
  disownUrl?(tx: Database, user: AnyUser): Promise<string>;
  /** Told of each login, before its session starts. */
  noticeLogin?(tx: Database, visitor: Visitor, user: AnyUser): Promise<void>;
  /** Told when too many wrong passwords lock an account; without a user nobody has it. */
  noticeLock?(tx: Database, visitor: Visitor, user: AnyUser | null): Promise<void>;
  /** Makes the password worthless and mails the way to a new one. */
  startReset?(tx: Database, visitor: Visitor, user: AnyUser): Promise<void>;
  /** What of this feature's must die when the password, the email or the factors change. */
  onCredentialChange?(tx: Database, user: AnyUser, change: CredentialChange): Promise<void>;
}

/** What the front door asks whoever looks after trusted browsers. What it is given back hands out the cookie after the commit. */
export interface TrustedDevices {
  isTrusted(tx: Database, visitor: Visitor, userId: string): Promise<Give | null>;
  trust(tx: Database, visitor: Visitor, userId: string): Promise<Give>;
  forgetAll(tx: Database, userId: string): Promise<void>;
}

/** Hands the visitor their cookie: only after the commit, for a token that was rolled back must never leave. */
export type Give = () => void;

export interface CredentialChange {
  what: "password" | "email" | "factors" | "disowned" | "closing";
  /** The one session that lives on; without it all end. */
  keepSessionId?: string;
  /** The mailbox was proven for the first time: whatever was set before may be a squatter's. */
  firstProof?: boolean;
}

/** What all the features together say. */
export interface House {
  /** The names of the factors this user has, full ones and those that recover them; empty without a full one. */
  secondFactorsOf(tx: Database, userId: string): Promise<string[]>;
  /** The factors by mail, which count for who has no other. */
  mailFactorsOf(tx: Database, userId: string): Promise<string[]>;
  /** Whether there is a full factor that a user without one could set up. */
  offersSecondFactor(): boolean;
  trustedDevices(): TrustedDevices | null;
  /** In how many ways the user can log in, with no regard to ways back in by reset or recovery. */
  waysIn(tx: Database, userId: string): Promise<number>;
  deleteExpired(): Promise<void>;
  mustChangePassword(tx: Database, userId: string): Promise<boolean>;
  mustReactivate(tx: Database, userId: string): Promise<boolean>;
  forget(tx: Database, userId: string): Promise<void>;
  /** By the name of each feature that knows something. */
  exportOf(tx: Database, userId: string): Promise<Record<string, unknown>>;
  proveMailbox(tx: Database, visitor: Visitor, user: AnyUser): Promise<void>;
  /** Without the feature `notices` the page for a new password. */
  disownUrl(tx: Database, user: AnyUser): Promise<string>;
  noticeLogin(tx: Database, visitor: Visitor, user: AnyUser): Promise<void>;
  noticeLock(tx: Database, visitor: Visitor, user: AnyUser | null): Promise<void>;
  startReset(tx: Database, visitor: Visitor, user: AnyUser): Promise<void>;
  credentialChanged(tx: Database, user: AnyUser, change: CredentialChange): Promise<void>;
}

/** The app's own work, done inside the transaction of the change: throw, and nothing happened. */
export interface Hooks<Tx = never, User = never> {
  onRegister?(tx: Tx, user: User): Promise<void>;
  onLogin?(tx: Tx, user: User): Promise<void>;
  onEmailVerified?(tx: Tx, user: User): Promise<void>;
  onPasswordChange?(tx: Tx, user: User): Promise<void>;
  onEmailChange?(tx: Tx, user: User): Promise<void>;
  /** The account is deleted for good; the user is as they were just before. */
  onAccountClosed?(tx: Tx, user: User): Promise<void>;
  /** What your own tables know of the user, for the export. */
  onDataExport?(tx: Tx, user: User): Promise<unknown>;
}

const RETRIES = 3;

/** State, audit, mail and revocations commit together or not at all. Repeats on a serialization failure or deadlock. */
export async function transition<Result>(
  core: Core,
  work: (tx: Database) => Promise<Result>,
): Promise<Result> {
  const { tx, result } = await attempt(core, work, RETRIES);
  if (core.mailIn.has(tx)) core.committed();
  core.telling.committed(tx);
  return result;
}

async function attempt<Result>(
  core: Core,
  work: (tx: Database) => Promise<Result>,
  left: number,
): Promise<{ tx: Database; result: Result }> {
  try {
    return await core.db.transaction(async (tx) => ({ tx, result: await work(tx) }));
  } catch (error) {
    if (left > 0 && lostARace(error)) return attempt(core, work, left - 1);
    throw error;
  }
}
