import { randomBytes } from "node:crypto";
import { type SQL, sql } from "drizzle-orm";
import { type AuthConfig, assemble } from "./auth.ts";
import type { Core } from "./core.ts";
import type { AnyDatabase, Database } from "./database.ts";
import { type Duration, seconds } from "./duration.ts";
import type { AuditAction } from "./features/audit/actions.ts";
import type { MailMessage } from "./features/outbox/mails.ts";
import { sessions } from "./features/sessions/sessions.ts";
import type { UsersTable } from "./features/users/table.ts";
import type { FeatureSet } from "./house.ts";
import { cookieName } from "./http/cookies.ts";

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

/** What a session that nobody logged in for says of its browser. */
const TEST_BROWSER = { ip: "192.0.2.1", userAgent: "test", device: "Unknown device" };

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
  const { auth, core, deliverMail, flushLastSeen, prune } = assemble(
    {
      ...config,
      origin,
      secret: secret ?? randomBytes(32).toString("base64url"),
      mail: { ...mail, from: "auth@app.test", transport },
    } as AuthConfig<Db, Users, Features>,
    { now: clock.now, committed: () => {} },
  );

  return {
    auth,
    core,
    clock,
    deliverMail,
    flushLastSeen,
    prune,

    /** Every mail so far, the newest first; what is queued is sent before. */
    async outbox(): Promise<MailMessage[]> {
      while ((await deliverMail()) > 0);
      return outbox;
    },

    /** The Cookie header of a browser in which this user is signed in. */
    async signInAs(user: { id: string }, options: SignInOptions = {}): Promise<string> {
      const { aal = 1, persistent = false, stale = seconds(0) } = options;
      await clock.back(stale);
      const amr = aal === 2 ? (["pwd", "otp"] as const) : (["pwd"] as const);
      const session = { userId: user.id, amr: [...amr], aal, persistent };
      const token = await sessions(core).start(TEST_BROWSER, session);
      await clock.advance(stale);
      return `${cookieName("session", origin.startsWith("https:"))}=${token}`;
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

async function auditEvents(core: Core, action: AuditAction) {
  const { auditEvents: events } = core;
  const found = await core.db
    .select({ event: events })
    .from(events)
    .where(sql`${events.action} = ${action}`)
    .orderBy(sql`${events.at}`);
  return found.map(({ event }) => event);
}

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
