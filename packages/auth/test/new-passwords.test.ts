import { beforeAll, describe, expect, it } from "vitest";
import { type Browser, crowd, pageOf } from "./browser.ts";
import { openHouse } from "./house.ts";
import { pages } from "./pages.ts";
import { lastMail, login, newAddress, newUser, PASSWORD, register } from "./people.ts";

type House = Awaited<ReturnType<typeof openHouse>>;

const BREACHED = "seven purple elephants dancing";

let house: House;
let handle: ReturnType<typeof pages>;
const asked: string[] = [];

beforeAll(async () => {
  const isBreached = async (password: string) => {
    asked.push(password);
    return password === BREACHED;
  };
  house = await openHouse({ rules: { isBreached } });
  handle = pages(house);
});

const visit = crowd(() => handle);

/** Every way to set a password, and its page; a feature with another one adds a row. */
const WAYS: [string, string, (password: string) => Promise<Response>][] = [
  [
    "registering",
    "register",
    (password) => visit().post("/register", { email: newAddress(), password }),
  ],
  ["changing it", "settings/password", (newPassword) => changed(newPassword)],
  ["setting the first", "settings/password", (newPassword) => first(newPassword)],
  ["resetting it", "reset-password", (password) => reset(password)],
];

async function changed(newPassword: string): Promise<Response> {
  const visitor = visit();
  await register(house, visitor);
  return visitor.post("/settings/password", { currentPassword: PASSWORD, newPassword });
}

async function first(newPassword: string): Promise<Response> {
  const visitor = visit();
  visitor.adopt(await house.signInAs(await newUser(house)));
  return visitor.post("/settings/password", { intent: "set", newPassword });
}

async function reset(password: string): Promise<Response> {
  const [visitor, email]: [Browser, string] = [visit(), await register(house, visit())];
  await visitor.post("/forgot-password", { email });
  await visitor.get((await lastMail(house, email, "reset-password")).path);
  return visitor.post("/reset-password", { password });
}

describe.each(WAYS)("R2 R6 a new password by %s", (_way, page, set) => {
  it.each([
    ["known from a breach", BREACHED, "password_breached"],
    ["that everybody uses", "football123football!", "password_common"],
    ["made of the app's name", "testbedtestbed1", "password_guessable"],
    ["that is short", "fourteen chars", "password_too_short"],
    ["that is long", "x".repeat(129), "password_too_long"],
    ["of broken text", `${PASSWORD}\ufffd`, null],
  ])("is refused when it is one %s", async (_what, password, reason) => {
    const response = await set(password);
    expect(response.status).toBe(400);
    const { actionData } = await pageOf(response);
    expect(actionData?.[page]?.reason ?? null).toBe(reason);
  });

  it("is taken at 15 characters and at 128, whatever they are", async () => {
    for (const password of ["xylophone heron", `${"zyxomma 7 Ünïcödé ".repeat(9)}`.slice(0, 128)]) {
      expect([password, (await set(password)).status]).toEqual([password, 302]);
    }
  });
});

describe("R4 R6 the check for breaches", () => {
  it("sees the password as it will be stored, and only when nothing else is wrong with it", () => {
    expect(asked).toContain(BREACHED);
    expect(asked).not.toContain("fourteen chars");
    expect(asked.filter((password) => password !== password.normalize("NFKC"))).toEqual([]);
  });

  it("R3 is not asked at a login: a password that was good when it was set stays good", async () => {
    const email = await register(house, visit());
    asked.length = 0;
    expect((await login(visit(), email)).status).toBe(302);
    expect(asked).toEqual([]);
  });
});
