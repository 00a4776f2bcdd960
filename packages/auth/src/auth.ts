import { randomBytes } from "node:crypto";
import type { SQL } from "drizzle-orm";
import { checkEnvironment, type Environment } from "./config.ts";
import type { Core, Hooks } from "./core.ts";
import { keyRing } from "./crypto/keys.ts";
import { type AnyDatabase, type Database, databaseClock, ping } from "./database.ts";
import { type OnEvent, telling } from "./events.ts";
import { withDeadline } from "./failures.ts";
import type { AuditTable } from "./features/audit/table.ts";
import { deliverDue, type MailConfig } from "./features/outbox/delivery.ts";
import { outbox } from "./features/outbox/outbox.ts";
import type { OutboxTable } from "./features/outbox/table.ts";
import { startMailWorker } from "./features/outbox/worker.ts";
import type { RateLimitsTable } from "./features/rate-limits/table.ts";
import type { RotatedTokensTable } from "./features/session-rotation/table.ts";
import { defaultSessionLimits, type SessionLimits } from "./features/sessions/limits.ts";
import { sessionLookup, sessionOperations } from "./features/sessions/sessions.ts";
import type { SessionsTable } from "./features/sessions/table.ts";
import type { TokensTable } from "./features/tokens/table.ts";
import type { UserOf, UsersTable } from "./features/users/table.ts";
import { type Built, build, checkHouse, checkUsers, type FeatureSet, makeHouse } from "./house.ts";
import { prune, startHousekeeping } from "./housekeeping.ts";
import { defaultPaths, type Paths } from "./paths.ts";
import { type Bound, bind } from "./router/bind.ts";
import { front } from "./router/front.ts";
import { guards } from "./router/guards.ts";
import { securityHeaders } from "./router/headers.ts";
import { authMiddleware } from "./router/middleware.ts";
import { page } from "./router/page.ts";

export interface AuthConfig<
  Db extends AnyDatabase,
  Users extends UsersTable,
  Features extends FeatureSet,
> extends Environment {
  /** Your drizzle database on Postgres or PGlite. */
  db: Db;
  /** Your tables, made by the functions of `@auth-rr/auth/schema`. */
  schema: {
    users: Users;
    sessions: SessionsTable;
    tokens: TokensTable;
    rateLimits: RateLimitsTable;
    auditEvents: AuditTable;
    outbox: OutboxTable;
    /** With it, sessions of those who stay signed in exchange their token every day. */
    rotatedTokens?: RotatedTokensTable;
  };
  /** As users know it: in mails, and among the words a password must not be made of. */
  appName: string;
  mail: MailConfig;
  features: Features;
  /** Whether users who have not proven their address may log in. "block" unless you say otherwise. */
  unverifiedUsers?: "allow" | "block";
  /** Who must have a second factor: until they set one up they get no page but the one for it. Nobody unless you say so. */
  requireSecondFactor?(user: UserOf<Users>): boolean;
  sessionLimits?: SessionLimits;
  paths?: Partial<Paths>;
  /**
   * Lets PostgreSQL keep statements under names of ours, which spares it most of the planning with node-postgres;
   * postgres.js names its own. Not behind pgbouncer in transaction mode before 1.21, or without `max_prepared_statements`.
   */
  namedStatements?: boolean;
  /** Where an address is, roughly ("Lisbon, Portugal"), for the list of sessions. */
  placeOf?(ip: string): Promise<string | null>;
  /** Told of everything that happened, after the commit: for telemetry. Nobody waits for it, and its errors change nothing. */
  onEvent?: OnEvent;
  /** Your own work in the transactions of the house: if it throws, nothing happened. */
  hooks?: Hooks<TransactionOf<Db>, UserOf<Users>>;
}

/** The one `auth` object your routes use: the helpers, and exactly the features you list, by the names you give. */
export type Auth<Users extends UsersTable, Features extends FeatureSet> = Helpers<UserOf<Users>> & {
  [Name in keyof Features]: Bound<Built<Features>[Name]["operations"]>;
};

/** Builds the `auth` object. Refuses to with an `AuthError` that says what to do when the configuration is not safe. */
export function createAuth<
  Db extends AnyDatabase,
  Users extends UsersTable,
  const Features extends FeatureSet,
>(config: AuthConfig<Db, Users, Features>): Auth<Users, Features> {
  const { auth, core } = assemble(config, {
    now: databaseClock,
    committed: () => worker.kick(),
  });
  const { mail } = config;
  const worker = mail.worker
    ? mail.worker(() => deliverDue(core, mail))
    : startMailWorker(core, mail);
  const housekeeping = startHousekeeping(core);
  replacePrevious(() => {
    worker.stop();
    housekeeping.stop();
  });
  return auth;
}

let stopPrevious: (() => void) | undefined;

/** In development each reload builds `auth` anew; the one before must not go on sending mail in its old words. */
function replacePrevious(stop: () => void): void {
  if (process.env.NODE_ENV === "development") stopPrevious?.();
  stopPrevious = stop;
}

/** The parts behind `createAuth`, with the clock and the work after a commit in the caller's hands. */
export function assemble<
  Db extends AnyDatabase,
  Users extends UsersTable,
  const Features extends FeatureSet,
>(config: AuthConfig<Db, Users, Features>, given: { now: SQL<Date>; committed(): void }) {
  const { mail, sessionLimits = defaultSessionLimits, unverifiedUsers = "block" } = config;
  const { secrets, origin, trustedProxyHops } = checkEnvironment(config, mail);
  checkUsers(config.schema.users);
  const core: Core = {
    ...given,
    ...config.schema,
    rotatedTokens: config.schema.rotatedTokens ?? null,
    db: config.db as unknown as Database,
    keys: keyRing(secrets),
    origin,
    appName: config.appName,
    paths: { ...defaultPaths, ...config.paths },
    sessionLimits,
    unverifiedUsers,
    requiresSecondFactor: (user) => config.requireSecondFactor?.(user as UserOf<Users>) === true,
    placeOf: config.placeOf ?? (async () => null),
    hooks: (config.hooks ?? {}) as Hooks,
    findSession: (token, whence) => lookup.find(token, whence),
    statementName: config.namedStatements ? newNames() : () => "",
    mailIn: new WeakSet(),
    telling: telling(config.onEvent ?? (() => {}), (db) => db !== core.db),
    house: makeHouse(
      () => core,
      () => features,
    ),
  };
  const lookup = sessionLookup(core);
  const features = build(config.features, core);
  const middleware = authMiddleware({ origin, trustedProxyHops, sessionLimits }, lookup);
  const helpers = makeHelpers<UserOf<Users>>(core, middleware);
  checkHouse(features, {
    taken: Object.keys(helpers),
    mails: core.rotatedTokens ? ["session-reused"] : [],
    requiresSecondFactor: config.requireSecondFactor !== undefined,
    ...{ mail, unverifiedUsers },
  });
  const bound = Object.entries(features).map(([name, { operations }]) => [name, bind(operations)]);
  return {
    auth: { ...helpers, ...Object.fromEntries(bound) } as Auth<Users, Features>,
    core,
    features,
    deliverMail: () => deliverDue(core, mail),
    flushLastSeen: lookup.flushLastSeen,
    prune: () => prune(core),
  };
}

/** Names of this house alone: after a hot reload the same statement may have another text on the same connection. */
function newNames() {
  const house = randomBytes(6).toString("base64url");
  return (what: string) => `auth ${house} ${what}`;
}

function makeHelpers<User>(core: Core, middleware: ReturnType<typeof authMiddleware>) {
  return {
    middleware,
    securityHeaders: securityHeaders(core.origin),
    ...guards<User>(core),
    ...front(core),
    ...page,
    sessions: bind(sessionOperations(core).operations),

    /** How many mails wait to be sent, and how many were given up: for a probe or a page of yours. */
    undeliveredMail: () => outbox(core).undelivered(),

    /** Whether the database answers; for a readiness probe. */
    async ready(): Promise<boolean> {
      return withDeadline(ping(core.db), 2).then(
        () => true,
        () => false,
      );
    },
  };
}

type Helpers<User> = ReturnType<typeof makeHelpers<User>>;

/** What your database hands to the callback of a transaction. */
type TransactionOf<Db> = Db extends { transaction(work: infer Work, ...rest: never[]): unknown }
  ? Work extends (tx: infer Tx) => unknown
    ? Tx
    : never
  : never;
