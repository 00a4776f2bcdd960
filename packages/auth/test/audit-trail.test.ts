import { readFile } from "node:fs/promises";
import { eq, sql } from "drizzle-orm";
import { beforeAll, describe, expect, it } from "vitest";
import { hours } from "../src/duration.ts";
import type { AuditAction } from "../src/features/audit/actions.ts";
import type { RouteArgs } from "../src/router/visit.ts";
import { crowd } from "./browser.ts";
import { RIGHT_CODE } from "./fake-factor.ts";
import { openHouse } from "./house.ts";
import { pages } from "./pages.ts";
import { lastMail, login, newAddress, PASSWORD, register, userByEmail } from "./people.ts";
import * as schema from "./schema.ts";

type House = Awaited<ReturnType<typeof openHouse>>;

const USER_AGENT = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15) Firefox/144.0";
const WRONG = "wrong horse battery staple";
const NEW_PASSWORD = "seven purple elephants dancing";
const FIRST_STEPS = ["user.registered", "email.verification-requested"];
const ARRIVED = [...FIRST_STEPS, "email.verified by code", "login.succeeded"];

let house: House;
let handle: ReturnType<typeof pages>;
beforeAll(async () => {
  house = await openHouse();
  const { auth } = house;
  handle = pages(house, {
    everywhere: {
      path: "everywhere",
      action: async (args: RouteArgs) => {
        const { session } = await auth.requireUser(args);
        await auth.sessions.revokeAll(args, { session });
        return null;
      },
    },
  });
  await refuseChanges();
});

/** What a database role without the rights would do. */
async function refuseChanges(): Promise<void> {
  await house.core.db.execute(sql`create function refuse_change() returns trigger
    language plpgsql as 'begin raise exception ''the audit trail is append-only''; end'`);
  await house.core.db.execute(sql`create trigger append_only
    before update or delete or truncate on audit_events
    for each statement execute function refuse_change()`);
}

const visit = crowd(() => handle, { userAgent: USER_AGENT });

/** The events of a story that are about this user, or about nobody. */
async function eventsOf(subjectId: string | null) {
  const rows = await house.core.db
    .select({ event: schema.auditEvents })
    .from(schema.auditEvents)
    .where(subjectId ? eq(schema.auditEvents.subjectId, subjectId) : undefined);
  return rows.map(({ event }) => event).filter((event) => event.subjectId === subjectId);
}

/** "email.verified by code": an action, what is said about it, and a mark where it failed. */
function lineOf({ action, outcome, details }: (typeof schema.auditEvents)["$inferSelect"]) {
  const { by, reason, count } = details;
  const said = by ? ` by ${by}` : reason ? `: ${reason}` : count !== undefined ? ` (${count})` : "";
  return `${action}${said}${outcome === "failure" ? " ✗" : ""}`;
}

type Person = { email: string; id: string; visitor: ReturnType<typeof visit> };

/** Registered, verified and signed in. */
async function person(): Promise<Person> {
  const visitor = visit();
  const email = await register(house, visitor);
  return { visitor, email, id: (await userByEmail(house, email)).id };
}

/** What happened to somebody, and what the trail says of it after how they arrived. */
const STORIES: [string, string[], (somebody: Person) => Promise<unknown>][] = [
  ["logs out", ["logout"], ({ visitor }) => visitor.post("/logout")],
  [
    "is guessed at",
    ["login.failed ✗"],
    ({ email }) => visit().post("/login", { email, password: WRONG }),
  ],
  [
    "is registered again by somebody",
    ["user.registered-again ✗"],
    ({ email }) => visit().post("/register", { email, password: NEW_PASSWORD }),
  ],
  [
    "is disabled and tries to come in",
    ["login.refused: account_disabled ✗"],
    async ({ email, id }) => {
      await house.disable(id);
      await login(visit(), email);
    },
  ],
  [
    "has a second factor and gives it",
    ["login.challenged", "login.succeeded"],
    async ({ email, id }) => {
      house.enrolled.add(id);
      const visitor = visit();
      await login(visitor, email);
      await visitor.post("/login/second-factor", { code: RIGHT_CODE });
    },
  ],
  [
    "changes the password",
    ["password.changed"],
    ({ visitor }) =>
      visitor.post("/settings/password", { currentPassword: PASSWORD, newPassword: NEW_PASSWORD }),
  ],
  [
    "sets a first password",
    ["password.set"],
    async ({ visitor, id }) => {
      await house.core.db.execute(sql`delete from passwords where user_id = ${id}`);
      await visitor.post("/settings/password", { intent: "set", newPassword: NEW_PASSWORD });
    },
  ],
  [
    "gives a wrong password where the current one is asked for",
    ["login.failed ✗", "login.failed ✗"],
    async ({ visitor }) => {
      const form = { currentPassword: WRONG, newPassword: NEW_PASSWORD };
      await visitor.post("/settings/password", form);
      await visitor.post("/step-up", { password: WRONG });
    },
  ],
  [
    "forgets the password",
    ["password.reset-requested", "password.reset"],
    async ({ email }) => {
      const visitor = visit();
      await visitor.post("/forgot-password", { email });
      await visitor.get((await lastMail(house, email, "reset-password")).path);
      await visitor.post("/reset-password", { password: NEW_PASSWORD });
    },
  ],
  [
    "proves again who they are",
    ["session.stepped-up"],
    ({ visitor }) => visitor.post("/step-up", { password: PASSWORD }),
  ],
  [
    "ends the other sessions",
    ["login.succeeded", "session.others-revoked (1)"],
    async ({ visitor, email }) => {
      await login(visit(), email);
      await visitor.post("/settings/sessions", { intent: "revoke-others" });
    },
  ],
  [
    "ends one session",
    ["session.revoked"],
    async ({ visitor, id }) => {
      const [session] = await house.core.db
        .select({ id: schema.sessions.id })
        .from(schema.sessions)
        .where(eq(schema.sessions.userId, id));
      await visitor.post("/settings/sessions", { intent: "revoke", id: session?.id ?? "" });
    },
  ],
  ["ends every session", ["session.all-revoked (1)"], ({ visitor }) => visitor.post("/everywhere")],
];

describe("R157 the audit trail of somebody who", () => {
  it.each(STORIES)("%s has %j", async (_what, lines, story) => {
    const somebody = await person();
    await story(somebody);
    const told = (await eventsOf(somebody.id)).map(lineOf);
    expect(told.sort()).toEqual([...ARRIVED, ...lines].sort());
  });

  it.each([
    ["in the browser that registered", "link", true],
    ["elsewhere, with the password", "link and password", false],
  ])("opens the link %s has the proof by %s", async (_where, by, sameBrowser) => {
    const [here, email] = [visit(), newAddress()];
    await here.post("/register", { email, password: PASSWORD });
    const opener = sameBrowser ? here : visit();
    await opener.get((await lastMail(house, email)).path);
    const password = sameBrowser ? "" : PASSWORD;
    await opener.post("/verify-email", { intent: "confirm", password });
    const told = (await eventsOf((await userByEmail(house, email)).id)).map(lineOf);
    expect(told.sort()).toEqual(
      [...FIRST_STEPS, `email.verified by ${by}`, "login.succeeded"].sort(),
    );
  });

  it("comes in before proving the address, then resets the password, says both", async () => {
    const email = newAddress();
    await visit().post("/register", { email, password: PASSWORD });
    await login(visit(), email);
    const visitor = visit();
    await visitor.post("/forgot-password", { email });
    await visitor.get((await lastMail(house, email, "reset-password")).path);
    await visitor.post("/reset-password", { password: NEW_PASSWORD });
    const told = (await eventsOf((await userByEmail(house, email)).id)).map(lineOf);
    expect(told.sort()).toEqual(
      [
        ...FIRST_STEPS,
        "email.verification-requested",
        "login.refused: email_unverified ✗",
        "password.reset-requested",
        "password.reset",
        "email.verified by password reset",
      ].sort(),
    );
  });

  it("is not known here has the try, and no name", async () => {
    const before = (await eventsOf(null)).length;
    const nobody = newAddress("nobody");
    await visit().post("/login", { email: nobody, password: WRONG });
    await visit().post("/forgot-password", { email: nobody });
    const told = (await eventsOf(null)).slice(before);
    expect(told.map(lineOf).sort()).toEqual(["login.failed ✗", "password.reset-requested ✗"]);
    expect(JSON.stringify(told)).not.toContain(nobody);
  });
});

const LIFECYCLE = ["account-deletion", "session-rotation"];

/** What the tests of second factors, passkeys and one's own account tell of themselves. */
async function toldElsewhere(): Promise<string[]> {
  const names = [
    ...["totp", "backup-codes", "trusted-devices", "email-codes", "passkeys"],
    ...["email-change", "magic-links", "notices", ...LIFECYCLE],
  ];
  const files = names.map((name) => readFile(new URL(`${name}.test.ts`, import.meta.url), "utf8"));
  const texts = await Promise.all(files);
  return texts.flatMap((text) =>
    [...text.matchAll(/expectAudit\("([\w.-]+)"/g)].map((found) => found[1] as string),
  );
}

describe("R157 each event", () => {
  it("was told above: a feature with a new one adds a story", async () => {
    const source = await readFile(
      new URL("../src/features/audit/actions.ts", import.meta.url),
      "utf8",
    );
    const known = [...source.matchAll(/^ {2}"?([\w.-]+)"?: (?:Record<|\{)/gm)].map(
      ([, name]) => name,
    );
    expect(known).toContain("logout");
    const rows = await house.core.db
      .select({ action: schema.auditEvents.action })
      .from(schema.auditEvents)
      .where(undefined);
    const told = [...rows.map(({ action }) => action), ...(await toldElsewhere())];
    expect([...new Set(told)].sort()).toEqual(known.sort());
  });

  it("says when, from where, with what, in which request, and who did it", async () => {
    const moment = await clockTime();
    const visitor = visit({ ip: "2001:db8:7::9" });
    const email = await register(house, visitor);
    const { id } = await userByEmail(house, email);
    const events = await eventsOf(id);
    expect(events.length).toBe(ARRIVED.length);
    for (const event of events) {
      expect(event).toMatchObject({ at: moment, ip: "2001:db8:7::9", userAgent: USER_AGENT });
      expect([event.actorId, event.organizationId]).toEqual([id, null]);
    }
    const requests = Map.groupBy(events, ({ requestId }) => requestId);
    const together = [...requests.values()].map((group) => group.map(lineOf).sort());
    expect(together).toHaveLength(2);
    expect(together).toContainEqual([...FIRST_STEPS].sort());
  });

  it("says that a stranger did it, not the user, where nobody proved who they are", async () => {
    const { email, id } = await person();
    await visit().post("/login", { email, password: WRONG });
    await visit().post("/register", { email, password: NEW_PASSWORD });
    await visit().post("/forgot-password", { email });
    const actions: AuditAction[] = [
      "login.failed",
      "user.registered-again",
      "password.reset-requested",
    ];
    for (const action of actions) {
      const { actorId } = await house.expectAudit(action, { id });
      expect([action, actorId]).toEqual([action, null]);
    }
  });

  it("is there to be asked for in an app's own tests, and its absence is an error", async () => {
    const { id } = await person();
    expect(await house.expectAudit("user.registered", { id })).toMatchObject({ subjectId: id });
    await expect(house.expectAudit("password.changed", { id })).rejects.toThrow(
      `no audit event "password.changed" about user ${id}`,
    );
  });

  it("R159 stores no control character of a header, and no more than 512 characters", async () => {
    const forged = `Firefox/1 \u001b[2K\u009b31m 2026-01-01 login.succeeded admin${"x".repeat(4000)}`;
    const visitor = visit({ userAgent: forged, ip: "203.0.113.77\u001b[31m, nonsense" });
    const email = await register(house, visitor);
    for (const { ip, userAgent } of await eventsOf((await userByEmail(house, email)).id)) {
      expect(ip).toBeNull();
      expect(userAgent).toMatch(/^[\x20-\x7e]{1,512}$/);
    }
  });
});

describe("R158 the audit trail", () => {
  it("outlives sweeping, and the user it is about: the house needs no right to change or delete an event", async () => {
    const { id } = await person();
    const before = (await eventsOf(id)).length;
    await house.clock.advance(hours(24 * 400));
    await house.prune();
    await house.core.db.delete(schema.users).where(eq(schema.users.id, id));
    await house.clock.back(hours(24 * 400));
    expect((await eventsOf(id)).length).toBe(before);
    const tampering = house.core.db.execute(sql`update audit_events set outcome = 'success'`);
    await expect(tampering).rejects.toThrow();
  });

  it("is not flooded: a try that a limit refused is not written down", async () => {
    const { email, id } = await person();
    for (let n = 0; n < 30; n++) await visit().post("/login", { email, password: WRONG });
    const failures = (await eventsOf(id)).filter(({ action }) => action === "login.failed");
    expect(failures).toHaveLength(5);
  });
});

async function clockTime(): Promise<Date> {
  const { rows } = (await house.core.db.execute(sql`select auth_rr_test_now() as now`)) as {
    rows: { now: string | Date }[];
  };
  return new Date(rows[0]?.now ?? Number.NaN);
}
