import { randomBytes, randomUUID } from "node:crypto";
import { type SQL, sql } from "drizzle-orm";
import { pgTable } from "drizzle-orm/pg-core";
import { type AuthConfig, assemble } from "./auth.ts";
import type { Core } from "./core.ts";
import type { AnyDatabase, Database } from "./database.ts";
import { type Duration, seconds } from "./duration.ts";
import { AuthError } from "./errors.ts";
import type { AuditAction } from "./features/audit/actions.ts";
import type { MailMessage } from "./features/outbox/mails.ts";
import type { passkeys } from "./features/passkeys/passkeys.ts";
import { rateLimits } from "./features/rate-limits/rate-limits.ts";
import { sessions } from "./features/sessions/sessions.ts";
import { codeAt, STEP } from "./features/totp/code.ts";
import type { totp } from "./features/totp/totp.ts";
import { at, type UsersTable } from "./features/users/table.ts";
import type { FeatureSet } from "./house.ts";
import { cookieName } from "./http/cookies.ts";
import { login } from "./login.ts";
import { type VirtualPasskey, virtualPasskey } from "./testing-passkey.ts";
import type { Visitor } from "./visitor.ts";

export {
  type PasskeyCircumstances,
  type VirtualPasskey,
  virtualPasskey,
} from "./testing-passkey.ts";

type TestConfig<
  Db extends AnyDatabase,
  Users extends UsersTable,
  Features extends FeatureSet,
> = Omit<AuthConfig<Db, Users, Features>, "secret" | "origin" | "mail"> & {
  secret?: string;
  origin?: string;
  mail: Pick<AuthConfig<Db, Users, Features>["mail"], "templates">;
};

export interface SignInOptions {
  /** 2 as if a second factor had been given. */
  aal?: 1 | 2;
  persistent?: boolean;
  /** The visitor proved who they are this long ago, so that step-up is due. */
  stale?: Duration;
}

/** The six digits that an authenticator app with this secret shows at this moment. */
export function totpCode(secret: string, at = new Date()): string {
  return codeAt(secret, Math.floor(at.getTime() / 1000 / STEP));
}

/** Your auth on a test database, with a clock you move, mail you read, and sessions without a login. */
export async function testHouse<
  Db extends AnyDatabase,
  Users extends UsersTable,
  const Features extends FeatureSet,
>({ secret, origin = "https://app.test", mail, ...config }: TestConfig<Db, Users, Features>) {
  const db = config.db as unknown as Database;
  const clock = await installClock(db);
  const outbox: MailMessage[] = [];
  const transport = { send: async (message: MailMessage) => void outbox.unshift(message) };
  const { auth, core, features, deliverMail, flushLastSeen, prune } = assemble(
    {
      ...config,
      origin,
      secret: secret ?? randomBytes(32).toString("base64url"),
      mail: { ...mail, from: "auth@app.test", transport },
    } as AuthConfig<Db, Users, Features>,
    { now: clock.now, committed: () => {} },
  );

  let delivering = Promise.resolve();
  const deliverAll = async () => {
    while ((await deliverMail()) > 0);
  };

  const cookie = (name: string, value: string) =>
    `${cookieName(name, origin.startsWith("https:"))}=${value}`;

  /** The time step of the house's clock, which stands still. */
  async function stepNow(): Promise<number> {
    const step = sql<number>`floor(extract(epoch from ${core.now}) / ${STEP}::int)::int`;
    const found = await core.db.select({ step }).from(clockTable);
    return (found as [{ step: number }])[0].step;
  }

  async function startSession(user: { id: string }, options: SignInOptions): Promise<string> {
    const { aal = 1, persistent = false, stale = seconds(0) } = options;
    await clock.back(stale);
    const amr = aal === 2 ? (["pwd", "otp"] as const) : (["pwd"] as const);
    const session = { userId: user.id, amr: [...amr], aal, persistent };
    const token = await sessions(core).start(testVisitor(), session);
    await clock.advance(stale);
    return token;
  }

  /** A user who proved just now, with a second factor, who they are. */
  async function atSettings(user: { id: string }) {
    const visitor = testVisitor(await startSession(user, { aal: 2 }));
    const current = await core.findSession(visitor.sessionToken);
    if (!current) throw new Error("this user cannot be signed in");
    return { visitor, session: current.session };
  }

  return {
    auth,
    core,
    clock,
    deliverMail,
    flushLastSeen,
    prune,

    /** Every mail so far, the newest first; what is queued is sent before. */
    async outbox(): Promise<MailMessage[]> {
      // One after the other: what one call has taken along and not yet delivered, another would miss.
      delivering = delivering.then(deliverAll, deliverAll);
      await delivering;
      return outbox;
    },

    /** The Cookie header of a browser in which this user is signed in. */
    async signInAs(user: { id: string }, options: SignInOptions = {}): Promise<string> {
      return cookie("session", await startSession(user, options));
    },

    /** The Cookie header of a browser whose user proved just now, with a second factor, who they are. */
    async steppedUp(user: { id: string }): Promise<string> {
      return cookie("session", await startSession(user, { aal: 2 }));
    },

    /** The Cookie header of a browser in which this user gave a password and still owes the second factor. */
    async owesSecondFactor(user: { id: string }): Promise<string> {
      const visitor = testVisitor();
      const { next } = await login(core, visitor, { userId: user.id, method: "pwd" });
      if (next !== "second-factor") throw new Error(`this user owes no second factor: ${next}`);
      return cookie("login", visitor.challengeToken as string);
    },

    /**
     * Gives the user an authenticator app and returns its secret. As in life the other sessions of the user end and
     * the owner gets a mail. The code of now is still good.
     */
    async enrollTotp(user: { id: string }): Promise<string> {
      const { begin, confirm } = operationsOf<ReturnType<typeof totp>>(features, "totp");
      const { visitor, session } = await atSettings(user);
      const begun = await begin(visitor, { session });
      if (!begun.ok) throw new Error(`no app for this user: ${begun.reason}`);
      const code = codeAt(begun.secret, (await stepNow()) - 1);
      const confirmed = await confirm(visitor, { session, code });
      if (!confirmed.ok) throw new Error(`no app for this user: ${confirmed.reason}`);
      await sessions(core).endByToken(visitor.sessionToken);
      return begun.secret;
    },

    /**
     * Gives the user a passkey, which answers as its options say. As in life the other sessions of the user end and the
     * owner gets a mail.
     */
    async enrollPasskey(
      user: { id: string },
      options: Parameters<typeof virtualPasskey>[0] = {},
    ): Promise<VirtualPasskey> {
      const operations = operationsOf<ReturnType<typeof passkeys>>(features, "passkeys");
      const { visitor, session } = await atSettings(user);
      const passkey = virtualPasskey({ origin, ...options });
      const asked = await operations.registerOptions(visitor, { session });
      if (!asked.ok) throw new Error(`no passkey for this user: ${asked.reason}`);
      const response = passkey.create(asked.options);
      const registered = await operations.register(visitor, { session, response });
      if (!registered.ok) throw new Error(`no passkey for this user: ${registered.reason}`);
      await sessions(core).endByToken(visitor.sessionToken);
      return passkey;
    },

    /** What an app with this secret shows by the clock of the house, or so many steps of 30 seconds `ahead`. */
    async totpCode(secret: string, ahead = 0): Promise<string> {
      return codeAt(secret, (await stepNow()) + ahead);
    },

    /** Uses up the tries at this user's second factors: they are locked for 15 minutes. Moves the clock by half a minute. */
    async lockSecondFactors(user: { id: string }): Promise<void> {
      for (;;) {
        const admission = await rateLimits(core).reserveFactorTry(user.id);
        if (admission.ok && admission.isLast) return;
        if (!admission.ok) await clock.advance(seconds(admission.retryAfterSeconds));
      }
    },

    /** The audit events of this action, oldest first. */
    auditEvents: (action: AuditAction) => auditEvents(core, action),

    /** The newest audit event of this action about this user; rejects when there is none. */
    async expectAudit(action: AuditAction, user: { id: string }) {
      const found = (await auditEvents(core, action)).findLast(
        ({ subjectId }) => subjectId === user.id,
      );
      if (!found) throw new Error(`no audit event "${action}" about user ${user.id}`);
      return found;
    },
  };
}

/** The operations of a feature under the name it has in a generated app. */
function operationsOf<Make extends (core: Core) => { operations: object }>(
  features: object,
  name: string,
): ReturnType<Make>["operations"] {
  const found = (features as Record<string, ReturnType<Make>>)[name];
  if (found) return found.operations;
  throw new AuthError(
    "ERR_AUTH_CONFIG_INVALID",
    `No feature is called "${name}", so nobody can have what it gives. Add ${name}() to the features of testHouse.`,
  );
}

async function auditEvents(core: Core, action: AuditAction) {
  const { auditEvents: events } = core;
  const found = await core.db
    .select({ event: events })
    .from(events)
    .where(sql`${events.action} = ${action}`)
    .orderBy(sql`${events.at}`);
  return found.map(({ event }) => event);
}

/** Always one row. */
const clockTable = pgTable("auth_rr_test_clock", { at: at("at").notNull() });

/** The house asks the database for the time, so the clock stands there: frozen until it is moved. */
async function installClock(db: Database) {
  const run = (query: SQL) => db.execute(query);
  await run(sql`create table if not exists auth_rr_test_clock (at timestamptz not null)`);
  await run(sql`delete from auth_rr_test_clock`);
  await run(sql`insert into auth_rr_test_clock values (date_trunc('second', now()))`);
  await run(sql`create or replace function auth_rr_test_now() returns timestamptz
    language sql stable as 'select at from auth_rr_test_clock'`);
  const move = (by: number) =>
    run(sql`update auth_rr_test_clock set at = at + make_interval(secs => ${by})`);
  return {
    now: sql<Date>`auth_rr_test_now()`,
    advance: (by: Duration) => move(by),
    back: (by: Duration) => move(-by),
  };
}

function testVisitor(sessionToken: string | null = null): Visitor {
  const nothing = () => null;
  const held: { session: string | null; challenge: string | null; flow: string | null } = {
    ...{ session: sessionToken, challenge: null, flow: null },
  };
  return {
    ip: "192.0.2.1",
    network: "192.0.2.1",
    userAgent: "test",
    device: "Unknown device",
    requestId: randomUUID(),
    get sessionToken() {
      return held.session;
    },
    get challengeToken() {
      return held.challenge;
    },
    deviceToken: null,
    giveSession: (token) => {
      held.session = token;
    },
    dropSession: nothing,
    giveChallenge: (token) => {
      held.challenge = token;
    },
    dropChallenge: nothing,
    giveDevice: nothing,
    get flow() {
      return held.flow;
    },
    beginFlow() {
      held.flow = randomUUID();
      return held.flow;
    },
    linkToken: nothing,
    keepLinkToken: nothing,
    dropLinkToken: nothing,
  };
}
