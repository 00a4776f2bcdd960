import { beforeAll, describe, expect, it } from "vitest";
import { hours, minutes } from "../src/duration.ts";
import { browser } from "./browser.ts";
import { openHouse } from "./house.ts";
import { pages } from "./pages.ts";
import { login, newAddress, PASSWORD, register } from "./people.ts";

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
