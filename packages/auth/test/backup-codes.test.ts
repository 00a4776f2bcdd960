import { eq } from "drizzle-orm";
import { beforeAll, describe, expect, it } from "vitest";
import { minutes, seconds } from "../src/duration.ts";
import type { Browser } from "./browser.ts";
import { actionOf, factorsIn, finish, hasSession, loaderOf, reasonOf } from "./factors.ts";
import { houseOn, openHouse } from "./house.ts";
import { pages } from "./pages.ts";
import { login, PASSWORD, register, userByEmail } from "./people.ts";
import * as schema from "./schema.ts";

type House = Awaited<ReturnType<typeof openHouse>>;

const OLD = "an old secret of quite enough bytes: 1";
const NEW = "a fresh secret of quite enough bytes: 2";

let house: House;
let handle: ReturnType<typeof pages>;
beforeAll(async () => {
  house = await openHouse({ secret: OLD });
  handle = pages(house);
});
const { visit, enrolled, challenged, steppedUp } = factorsIn(
  () => house,
  () => handle,
);

const SETTINGS = "/settings/backup-codes";

async function regenerate(visitor: Browser): Promise<string[]> {
  const made = await actionOf<{ codes: string[] }>(
    await visitor.post(SETTINGS, { intent: "regenerate" }),
  );
  return made.codes;
}

/** Somebody with an app and fresh backup codes. */
async function prepared() {
  const person = await enrolled();
  const visitor = await steppedUp(person.user);
  return { ...person, visitor, codes: await regenerate(visitor) };
}

const stateOf = async (visitor: Browser) =>
  loaderOf<{ left: number; isLow: boolean }>(await visitor.get(SETTINGS), SETTINGS.slice(1));

const mailsTo = async (email: string, kind: string) =>
  (await house.outbox()).filter(({ to, subject }) => to === email && subject === kind);

describe("backup codes", () => {
  it("R106 are ten, shown once and told to the owner", async () => {
    const { visitor, codes, email, user } = await prepared();
    expect(new Set(codes).size).toBe(10);
    expect(await stateOf(visitor)).toEqual({ left: 10, isLow: false });
    const page = await (await visitor.get(SETTINGS)).text();
    for (const code of codes) expect(page).not.toContain(code);
    expect(await mailsTo(email, "backup-codes-changed")).toHaveLength(1);
    await house.expectAudit("backup-codes.changed", user);
  });

  it("R106 are hashed with a key that is sealed", async () => {
    const { user, codes } = await prepared();
    const mine = eq(schema.backupCodes.userId, user.id);
    const [found] = await house.core.db
      .select({ row: schema.backupCodes })
      .from(schema.backupCodes)
      .where(mine);
    const text = JSON.stringify(found);
    for (const code of codes) expect(text).not.toContain(code.replaceAll("-", ""));
    expect(found?.row.key).toMatch(/^[0-9a-f]{8}\.[\w-]+$/);
  });

  it("R106 bring back in whoever lost the phone, each once, and say so by mail", async () => {
    const person = await prepared();
    const [code = ""] = person.codes;
    const visitor = await challenged(person);
    const spaced = code.toUpperCase().replaceAll("-", " ");
    expect((await finish(visitor, "backup-code", spaced)).status).toBe(302);
    expect((await visitor.get("/strong")).status).toBe(200);
    const [mail] = await mailsTo(person.email, "backup-code-used");
    expect(mail?.text).toContain("9");
    await house.expectAudit("backup-codes.used", person.user);
    const again = await challenged(person);
    expect(await reasonOf(await finish(again, "backup-code", code))).toBe("code_wrong");
    expect(await stateOf(visitor)).toEqual({ left: 9, isLow: false });
  });

  it("are there to choose beside the app, at the login and for stepping up", async () => {
    const person = await prepared();
    const factors = ["totp", "backupCodes"];
    const waiting = await (await challenged(person)).get("/login/second-factor");
    expect(await loaderOf(waiting, "second-factor")).toEqual({ waiting: true, factors });
    expect(await loaderOf(await person.visitor.get("/step-up"), "step-up")).toEqual({ factors });
  });

  it("lets the owner set up a new phone at once, without the old one", async () => {
    const person = await prepared();
    const visitor = await challenged(person);
    await finish(visitor, "backup-code", person.codes[1] as string);
    const begun = await visitor.post("/settings/two-factor", { intent: "enroll" });
    const { secret } = await actionOf<{ secret: string }>(begun);
    const code = await house.totpCode(secret);
    const confirmed = await visitor.post("/settings/two-factor", { intent: "confirm", code });
    expect(confirmed.status).toBe(302);
  });

  it("R106 warn when few are left", async () => {
    const person = await prepared();
    for (const code of person.codes.slice(0, 7)) {
      await finish(await challenged(person), "backup-code", code);
    }
    expect(await stateOf(person.visitor)).toEqual({ left: 3, isLow: true });
  });

  it("R106 are worth nothing when there are newer ones", async () => {
    const person = await prepared();
    const [old = ""] = person.codes;
    const [fresh = ""] = await regenerate(person.visitor);
    expect(await reasonOf(await finish(await challenged(person), "backup-code", old))).toBe(
      "code_wrong",
    );
    const visitor = await challenged(person);
    await finish(visitor, "backup-code", fresh);
    expect(hasSession(visitor)).toBe(true);
  });

  it("R50 R108 are made after a second factor was given, in the last ten minutes", async () => {
    const person = await enrolled();
    const weak = visit();
    weak.adopt(await house.signInAs(person.user));
    expect(await reasonOf(await weak.post(SETTINGS, { intent: "regenerate" }))).toBe(
      "step_up_required",
    );
    const strong = await steppedUp(person.user);
    await house.clock.advance(minutes(11));
    expect(await reasonOf(await strong.post(SETTINGS, { intent: "regenerate" }))).toBe(
      "step_up_required",
    );
    const code = (await prepared()).codes[0] as string;
    const foreign = await strong.post("/step-up", { intent: "backup-code", code });
    expect(await reasonOf(foreign)).toBe("code_wrong");
  });

  it("are for who has a factor to recover, and go with it", async () => {
    const visitor = visit();
    const email = await register(house, visitor);
    expect(await reasonOf(await visitor.post(SETTINGS, { intent: "regenerate" }))).toBe(
      "second_factor_required",
    );
    const person = await prepared();
    await person.visitor.post("/settings/two-factor", { intent: "disable" });
    expect((await stateOf(person.visitor)).left).toBe(0);
    const next = visit();
    await login(next, person.email);
    expect(hasSession(next)).toBe(true);
    const again = visit();
    await login(again, email);
    expect(hasSession(again)).toBe(true);
  });

  it("R50 step a session up", async () => {
    const person = await prepared();
    const visitor = visit();
    visitor.adopt(await house.signInAs(person.user, { aal: 2, stale: minutes(11) }));
    const form = { intent: "backup-code", code: person.codes[0] as string, returnTo: "/fresh" };
    expect((await visitor.post("/step-up", form)).headers.get("Location")).toBe("/fresh");
    expect(await mailsTo(person.email, "backup-code-used")).toHaveLength(1);
  });

  it("R104 R105 share one count with the authenticator app", async () => {
    const person = await prepared();
    let tries = 0;
    while (tries < 10) {
      const intent = tries % 2 === 0 ? "totp" : "backup-code";
      const response = await finish(await challenged(person), intent, "wrong 💥");
      if (response.status === 400) tries += 1;
      await house.clock.advance(seconds(17));
    }
    for (const [intent, code] of [
      ["totp", await house.totpCode(person.secret)],
      ["backup-code", person.codes[0] as string],
    ] as const) {
      expect((await finish(await challenged(person), intent, code)).status).toBe(429);
    }
  });

  it("R13 stay good on old and new nodes while the secret is turned over", async () => {
    const both = await houseOn(house.core.db as never, { secret: `${NEW},${OLD}` });
    const fresh = await houseOn(house.core.db as never, { secret: NEW });
    const person = await prepared();
    const statuses = [];
    for (const [n, node] of [both, house, fresh, house].entries()) {
      const visitor = visit(pages(node));
      await visitor.post("/login", { email: person.email, password: PASSWORD });
      statuses.push((await finish(visitor, "backup-code", person.codes[n] as string)).status);
    }
    expect(statuses).toEqual([302, 302, 302, 400]);
  });

  it("R102 of one user are nothing in the row of another", async () => {
    const [victim, thief] = [await prepared(), await prepared()];
    const rowOf = async ({ id }: { id: string }) => {
      const mine = eq(schema.backupCodes.userId, id);
      const found = await house.core.db
        .select({ row: schema.backupCodes })
        .from(schema.backupCodes)
        .where(mine);
      return found[0]?.row as { key: string; hashes: string[] };
    };
    const { key, hashes } = await rowOf(await userByEmail(house, thief.email));
    const theirs = eq(schema.backupCodes.userId, victim.user.id);
    await house.core.db.update(schema.backupCodes).set({ key, hashes }).where(theirs);
    const visitor = await challenged(victim);
    expect(await reasonOf(await finish(visitor, "backup-code", thief.codes[0] as string))).toBe(
      "code_wrong",
    );
  });
});
