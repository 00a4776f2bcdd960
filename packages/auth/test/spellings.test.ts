import { beforeAll, describe, expect, it } from "vitest";
import { minutes } from "../src/duration.ts";
import { browser, pageOf } from "./browser.ts";
import { openHouse } from "./house.ts";
import { pages } from "./pages.ts";
import { newAddress, PASSWORD, register } from "./people.ts";

let house: Awaited<ReturnType<typeof openHouse>>;
let handle: ReturnType<typeof pages>;
beforeAll(async () => {
  house = await openHouse();
  handle = pages(house);
});

let visitors = 0;
const nextIp = () => `203.0.113.${++visitors}`;
const WRONG = "wrong horse battery staple";

/** Other ways to write the address of the login page; React Router takes them all for it. */
const SPELLINGS = [
  "/login",
  "/LOGIN",
  "/Login",
  "/%6cogin",
  "/%6C%6F%67%69%6E",
  "/login/",
  "/login?index",
  "/login?x=%2f..%2fpublic",
  "/login.data",
  "/LOGIN.data",
  "/login/_.data",
];

describe("R29 a limit", () => {
  it("counts a network's logins however the page is spelled and whatever the method", async () => {
    const ip = nextIp();
    let answered = 0;
    const ask = async (path: string, method: string) => {
      const body = new URLSearchParams({ email: newAddress("nobody"), password: WRONG });
      return (await browser(handle, { ip }).send(path, { method, body })).status;
    };
    for (let n = 0; answered < 30; n++) {
      const status = await ask(SPELLINGS[n % SPELLINGS.length] as string, "POST");
      expect(status).toBe(401);
      answered += 1;
    }
    for (const path of SPELLINGS) {
      for (const method of ["POST", "PUT", "PATCH", "DELETE"]) {
        expect([path, method, await ask(path, method)]).toEqual([path, method, 429]);
      }
    }
    await house.clock.advance(minutes(1));
    expect(await ask("/login", "POST")).toBe(401);
  });

  it("counts the tries at an account however page and address are spelled", async () => {
    const email = await register(house, browser(handle, { ip: nextIp() }));
    const addresses = [email, email.toUpperCase(), ` ${email} `, email.replace("@", "＠")];
    const statuses = [];
    for (let n = 0; n < 12; n++) {
      const path = SPELLINGS[n % SPELLINGS.length] as string;
      const fields = { email: addresses[n % addresses.length] as string, password: WRONG };
      statuses.push((await browser(handle, { ip: nextIp() }).post(path, fields)).status);
    }
    expect(statuses).toEqual([...Array(5).fill(401), ...Array(7).fill(429)]);
  });
});

describe("R31 a refused try", () => {
  it("is said in the form, not by an error page, and says when to come back in every form", async () => {
    const email = newAddress("nobody");
    const ask = (path: string, headers = {}) =>
      browser(handle, { ip: nextIp() }).post(path, { email, password: WRONG }, headers);
    for (let n = 0; n < 5; n++) await ask("/login");
    const page = await ask("/login");
    const twin = await ask("/login.data");
    const json = await ask("/login", { Accept: "application/json" });
    for (const { status, headers } of [page, twin, json]) {
      expect([status, headers.get("Retry-After")]).toEqual([429, "1"]);
    }
    const { actionData, errors } = await pageOf(page);
    expect([actionData?.login?.reason, errors]).toEqual(["rate_limited", null]);
    expect(await twin.text()).toMatch(/"data".*"rate_limited"/);
    expect(await json.json()).toEqual({ reason: "rate_limited" });
  });
});

describe("R14 a field named after what every object has", () => {
  const NAMES = [
    "__proto__",
    "__proto__[admin]",
    "constructor",
    "constructor.prototype.admin",
    "toString",
    "hasOwnProperty",
  ];

  it.each(["/login", "/register", "/forgot-password", "/reset-password", "/verify-email"])(
    "is refused at %s, and changes no object",
    async (path) => {
      for (const name of NAMES) {
        const fields = { email: newAddress(), password: PASSWORD };
        const body = `${new URLSearchParams(fields)}&${encodeURIComponent(name)}=true`;
        const response = await browser(handle, { ip: nextIp() }).send(path, {
          method: "POST",
          body,
          headers: { "Content-Type": "application/x-www-form-urlencoded" },
        });
        expect([name, response.status]).toEqual([name, 400]);
      }
      expect(({} as { admin?: unknown }).admin).toBeUndefined();
    },
  );
});
