import { beforeAll, describe, expect, it } from "vitest";
import { hours, minutes } from "../src/duration.ts";
import { type Browser, browser } from "./browser.ts";
import { openHouse } from "./house.ts";
import { pages } from "./pages.ts";
import { lastMail, login, newAddress, PASSWORD, register } from "./people.ts";

let house: Awaited<ReturnType<typeof openHouse>>;
let handle: ReturnType<typeof pages>;
beforeAll(async () => {
  house = await openHouse();
  handle = pages(house);
});

let visitors = 0;
/** Each request from a network of its own: a botnet. */
const visit = () => browser(handle, { ip: `2001:db8:${(++visitors).toString(16)}::1` });

async function mailsTo(email: string): Promise<number> {
  return (await house.outbox()).filter(({ to }) => to === email).length;
}

/** Every way in which a stranger makes the house write to an address. */
const registering = (email: string) => visit().post("/register", { email, password: PASSWORD });
const forgetting = (email: string) => visit().post("/forgot-password", { email });

describe("R30 one address", () => {
  it.each([
    ["that has an account", (): Promise<string> => register(house, visit())],
    ["that has none", async () => newAddress()],
  ])("%s gets five mails an hour, whichever page is asked by however many", async (_what, make) => {
    const email = await make();
    const before = await mailsTo(email);
    for (let n = 0; n < 7; n++) {
      await registering(email);
      await forgetting(email.toUpperCase());
      await login(visit(), email);
    }
    expect((await mailsTo(email)) - before).toBeLessThanOrEqual(5);
  });

  it("gets ten mails a day, whichever page is asked", async () => {
    const [email, nobody] = [await register(house, visit()), newAddress()];
    for (let hour = 0; hour < 3; hour++) {
      for (let n = 0; n < 5; n++) await forgetting(email);
      for (let n = 0; n < 5; n++) await registering(nobody);
      await house.clock.advance(hours(1));
    }
    expect([await mailsTo(email), await mailsTo(nobody)]).toEqual([10, 10]);
  });
});

describe("R30 one network", () => {
  it("has twenty mails sent an hour, to whomever", async () => {
    const ip = "198.51.100.44";
    let sent = 0;
    for (let n = 0; n < 25; n++) {
      const fields = { email: newAddress("somebody") };
      sent +=
        (await browser(handle, { ip }).post("/forgot-password", fields)).status === 200 ? 1 : 0;
    }
    expect(sent).toBe(20);
    await house.clock.advance(minutes(60));
  });
});

describe("asking for the mail again", () => {
  const resend = (visitor: Browser) => visitor.post("/verify-email", { intent: "resend" });

  it("R30 is once a minute for a browser that registered nobody, and answered like any other", async () => {
    const visitor = browser(handle, { ip: "198.51.100.45" });
    expect((await resend(visitor)).headers.get("Location")).toBe("/verify-email?notice=sent");
    expect((await resend(visitor)).status).toBe(429);
    await house.clock.advance(minutes(1));
    expect((await resend(visitor)).status).toBe(302);
  });

  it("R30 is twenty times an hour for a network, in however many browsers", async () => {
    const statuses = [];
    for (let n = 0; n < 21; n++) {
      const visitor = browser(handle, { ip: "198.51.100.46" });
      visitor.jar.set("__Host-flow", `flow=made-up-${n}`);
      statuses.push((await resend(visitor)).status);
    }
    expect(statuses).toEqual([...Array(20).fill(302), 429]);
  });

  it("works for whoever is logged in, in a browser that did not register, and the code with it", async () => {
    const lenient = await openHouse({ unverifiedUsers: "allow" });
    const site = pages(lenient);
    const email = newAddress();
    await browser(site).post("/register", { email, password: PASSWORD });
    const visitor = browser(site, { ip: "198.51.100.47" });
    await login(visitor, email);
    await lenient.outbox();
    await resend(visitor);
    const { code } = await lastMail(lenient, email);
    const response = await visitor.post("/verify-email", { intent: "code", code });
    expect(response.headers.get("Location")).toBe("/");
    expect((await visitor.get("/proven")).status).toBe(200);
  });
});

describe("R30 links and codes", () => {
  it.each([
    ["/verify-email", { intent: "code", code: "123456" }],
    ["/reset-password", { password: PASSWORD }],
  ] as [string, Record<string, string>][])(
    "are tried on %s twenty times a minute by one network",
    async (path, fields) => {
      const ip = path === "/verify-email" ? "198.51.100.48" : "198.51.100.49";
      const statuses = [];
      for (let n = 0; n < 21; n++)
        statuses.push((await browser(handle, { ip }).post(path, fields)).status);
      expect(statuses).toEqual([...Array(20).fill(400), 429]);
      await house.clock.advance(minutes(1));
      expect((await browser(handle, { ip }).post(path, fields)).status).toBe(400);
    },
  );
});
