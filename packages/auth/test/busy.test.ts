import { beforeAll, describe, expect, it } from "vitest";
import { browser } from "./browser.ts";
import { openHouse } from "./house.ts";
import { pages } from "./pages.ts";
import { newAddress, register } from "./people.ts";

let handle: ReturnType<typeof pages>;
let member: ReturnType<typeof browser>;
beforeAll(async () => {
  // A tenth of a second for each, so that they pile up on any machine.
  const house = await openHouse({ rules: { cost: { passes: 10 } } });
  handle = pages(house);
  member = browser(handle);
  await register(house, member);
});

describe("R12 more logins than can be hashed in time", () => {
  it("get 503 with a time to come back, decide nothing, and leave signed-in pages alone", async () => {
    const flood = Array.from({ length: 120 }, (_, n) =>
      browser(handle, { ip: `203.0.113.${n}` }).post(
        "/login",
        { email: newAddress("nobody"), password: "wrong horse battery staple" },
        { Accept: n % 2 ? "application/json" : "text/html" },
      ),
    );
    expect((await member.get("/secret")).status).toBe(200);
    const answers = await Promise.all(flood);
    const refused = answers.filter(({ status }) => status === 503);
    expect(answers.filter(({ status }) => ![401, 503].includes(status))).toEqual([]);
    for (const response of refused) {
      expect(Number(response.headers.get("Retry-After"))).toBeGreaterThan(0);
      expect(response.headers.getSetCookie()).toEqual([]);
    }
    const reasons = await Promise.all(refused.map((response) => response.text()));
    // On a very slow machine the deadline of a request may come before its turn.
    expect(reasons.filter((text) => !/busy|unavailable/.test(text))).toEqual([]);
    expect(reasons.filter((text) => text.includes("busy")).length).toBeGreaterThan(10);
    expect((await member.get("/secret")).status).toBe(200);
  });

  it("are over when the flood is: the next one is answered", async () => {
    const late = browser(handle, { ip: "198.51.100.2" });
    const fields = { email: newAddress("nobody"), password: "wrong horse battery staple" };
    expect((await late.post("/login", fields)).status).toBe(401);
  });
});
