import { drizzle } from "drizzle-orm/pglite";
import { afterEach, expect, it, vi } from "vitest";
import { createAuth } from "../src/auth.ts";
import { emailVerification } from "../src/features/email-verification/email-verification.ts";
import type { MailMessage, MailTemplates } from "../src/features/outbox/mails.ts";
import type { StartMailWorker } from "../src/features/outbox/worker.ts";
import { passwordReset } from "../src/features/password-reset/password-reset.ts";
import { passwords } from "../src/features/passwords/passwords.ts";
import { browser } from "./browser.ts";
import { openDatabase } from "./database.ts";
import { fakeFactor } from "./fake-factor.ts";
import { houseOn } from "./house.ts";
import { pages } from "./pages.ts";
import { newAddress, PASSWORD } from "./people.ts";
import * as schema from "./schema.ts";

afterEach(() => vi.unstubAllEnvs());

/** What an app gets, with its timers, in place of a test's house; mails say in whose words they are. */
function start(db: Awaited<ReturnType<typeof openDatabase>>, words = "", worker?: StartMailWorker) {
  const sent: MailMessage[] = [];
  const mail = async (message: MailMessage) => void sent.push(message);
  const template = () => ({ subject: words, text: "", html: "" });
  const rules = { table: schema.passwords };
  const auth = createAuth({
    db,
    schema,
    appName: "Testbed",
    secret: "0f8b2c1d9e7a6354-0f8b2c1d9e7a6354",
    origin: "https://app.test",
    mail: {
      from: "auth@app.test",
      templates: new Proxy({} as MailTemplates, { get: () => template }),
      transport: { send: mail },
      ...(worker && { worker }),
    },
    features: {
      passwords: passwords({ ...rules, users: schema.users }),
      emailVerification: emailVerification({ passwords: rules }),
      passwordReset: passwordReset({ passwords: rules }),
      fakeFactor: fakeFactor(new Set()),
    },
  });
  const register = (email: string) =>
    browser(pages({ auth: auth as never })).post("/register", { email, password: PASSWORD });
  return { auth, sent, register };
}

it("R97 a mail leaves as soon as what it tells of is done", async () => {
  const { sent, register } = start(await openDatabase());
  const email = newAddress();
  await register(email);
  await vi.waitFor(() => expect(sent.map(({ to }) => to)).toEqual([email]), { timeout: 2_000 });
});

it("R97 a mail is delivered by the worker that the app gives, told after the commit, and not by a timer of ours", async () => {
  let deliver: () => Promise<number> = async () => 0;
  const kick = vi.fn();
  const { sent, register, auth } = start(await openDatabase(), "", (given) => {
    deliver = given;
    return { kick, stop: () => {} };
  });
  const email = newAddress();
  await register(email);
  expect(kick).toHaveBeenCalledOnce();
  expect(await auth.undeliveredMail()).toEqual({ waiting: 1, dead: 0 });
  expect([await deliver(), sent.map(({ to }) => to)]).toEqual([1, [email]]);
  expect(await auth.undeliveredMail()).toEqual({ waiting: 0, dead: 0 });
});

it("in development the auth that was built last does the work, and the one before rests", async () => {
  vi.stubEnv("NODE_ENV", "development");
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  const db = await openDatabase();
  const before = vi.getTimerCount();
  start(db, "old words");
  const each = vi.getTimerCount() - before;
  expect(each).toBeGreaterThan(0);
  start(db, "new words");
  expect(vi.getTimerCount() - before).toBe(each);
  vi.useRealTimers();
});

it("is ready while its database answers", async () => {
  const database = await openDatabase();
  const client = { ...database.$client, query: () => Promise.reject(new Error("away")) };
  expect(await start(database).auth.ready()).toBe(true);
  const away = drizzle({ client: Object.assign(Object.create(database.$client), client) });
  expect(await start(away as never).auth.ready()).toBe(false);
});

it("two houses on one connection, as after a hot reload, do not take each other's statements by their names", async () => {
  const db = await openDatabase();
  const [before, after] = [
    await houseOn(db, { namedStatements: true }),
    await houseOn(db, { namedStatements: true }),
  ];
  expect(before.core.statementName("find user")).toMatch(/^auth [\w-]{8} find user$/);
  expect(before.core.statementName("find user")).not.toBe(after.core.statementName("find user"));
  expect((await houseOn(db, {})).core.statementName("find user")).toBe("");
});
