import { beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import type { AuthEvent } from "../src/events.ts";
import { crowd } from "./browser.ts";
import { openHouse } from "./house.ts";
import { pages } from "./pages.ts";
import { login, newAddress, PASSWORD, register, userByEmail } from "./people.ts";

const told: AuthEvent[] = [];
/** What the app's own code does with an event just now. */
let onEvent: (event: AuthEvent) => unknown;
let mayLogin = true;

let house: Awaited<ReturnType<typeof openHouse>>;
beforeAll(async () => {
  const onLogin = async () => {
    if (!mayLogin) throw new Error("the app said no");
  };
  house = await openHouse({ hooks: { onLogin }, onEvent: (event) => onEvent(event) });
});
beforeEach(() => {
  told.length = 0;
  mayLogin = true;
  onEvent = (event) => void told.push(event);
});
const visit = crowd(() => pages(house));

describe("L3 R162 what is told to telemetry", () => {
  it("is what happened, in the order of it, with no address, device or secret", async () => {
    const email = await register(house, visit());
    const { id } = await userByEmail(house, email);
    await login(visit(), email, { password: "wrong horse battery staple" });
    expect(told.map(({ action, outcome }) => `${action} ${outcome}`)).toEqual([
      "email.verification-requested success",
      "user.registered success",
      "email.verified success",
      "login.succeeded success",
      "login.failed failure",
    ]);
    expect(told.at(-1)).toEqual({
      ...{ action: "login.failed", outcome: "failure", subjectId: id, actorId: null },
      ...{ details: { method: "pwd" }, requestId: expect.any(String) },
    });
    expect(JSON.stringify(told)).not.toMatch(/example\.com|198\.18|Firefox|horse/);
  });

  it("comes after the commit: another connection would see it", async () => {
    let seen: unknown;
    const email = newAddress();
    onEvent = async ({ action }) => {
      if (action === "user.registered") seen = await userByEmail(house, email).catch(() => null);
    };
    await visit().post("/register", { email, password: PASSWORD });
    await vi.waitFor(() => expect(seen).toMatchObject({ email }));
  });

  it("is nothing of what was rolled back", async () => {
    const email = await register(house, visit());
    told.length = 0;
    mayLogin = false;
    expect((await login(visit(), email)).status).toBe(500);
    expect(told).toEqual([]);
  });

  it.each([
    [
      "throws",
      () => {
        throw new TypeError("secret");
      },
    ],
    [
      "rejects",
      async () => {
        throw new TypeError("secret");
      },
    ],
    [
      "throws what is no error",
      () => {
        throw "secret";
      },
    ],
    ["never ends", () => new Promise(() => {})],
  ])("changes no answer when the app's code %s", async (what, does) => {
    const logged = vi.spyOn(console, "error").mockImplementation(() => {});
    onEvent = does;
    const email = newAddress();
    const response = await visit().post("/register", { email, password: PASSWORD });
    expect(response.headers.get("Location")).toBe("/verify-email");
    const lines = logged.mock.calls.map(String);
    logged.mockRestore();
    expect(lines.length).toBe(what === "never ends" ? 0 : 2);
    expect(lines.join()).not.toContain("secret");
  });
});
