import { integer, pgTable, serial, text, timestamp } from "drizzle-orm/pg-core";
import { beforeAll, describe, expect, it } from "vitest";
import { checkUsers } from "../src/house.ts";
import { crowd, pageOf } from "./browser.ts";
import { RIGHT_CODE } from "./fake-factor.ts";
import { openHouse } from "./house.ts";
import { pages } from "./pages.ts";
import { login, newAddress, PASSWORD, register, userByEmail } from "./people.ts";

let house: Awaited<ReturnType<typeof openHouse>>;
let handle: ReturnType<typeof pages>;
beforeAll(async () => {
  house = await openHouse();
  handle = pages(house);
});

const visit = crowd(() => handle);

async function withSecondFactor(): Promise<string> {
  const email = await register(house, visit());
  house.enrolled.add((await userByEmail(house, email)).id);
  return email;
}

const sessionLine = (response: Response) =>
  response.headers.getSetCookie().find((line) => line.startsWith("__Host-session=")) ?? "";

describe("R34 what a browser brings to a login", () => {
  it("is forgotten by it: another user's challenge, their way and their wish to stay", async () => {
    const visitor = visit();
    await login(visitor, await withSecondFactor(), { returnTo: "/secret", remember: "on" });
    expect(visitor.jar.has("__Host-login")).toBe(true);
    const response = await login(visitor, await register(house, visit()));
    expect(response.headers.get("Location")).toBe("/");
    expect(sessionLine(response)).not.toContain("Max-Age");
    expect(visitor.jar.has("__Host-login")).toBe(false);
  });

  it("leads back once, and the next login home", async () => {
    const email = await withSecondFactor();
    const visitor = visit();
    for (const [options, place] of [
      [{ returnTo: "/secret" }, "/secret"],
      [{}, "/"],
    ] as const) {
      await login(visitor, email, options);
      const response = await visitor.post("/login/second-factor", { code: RIGHT_CODE });
      expect(response.headers.get("Location")).toBe(place);
      await visitor.post("/logout");
    }
  });

  it("is never taken from anywhere but its cookie: a session in the URL, a form or a header is none", async () => {
    const owner = visit();
    await register(house, owner);
    const token = owner.jar.get("__Host-session") as string;
    const thief = visit();
    for (const name of ["session", "__Host-session", "token", "sid"]) {
      expect((await thief.get(`/secret?${name}=${token}`)).status).toBe(302);
      expect((await thief.get("/secret", { [name.replace(/_/g, "x")]: token })).status).toBe(302);
      expect((await thief.post("/secret", { [name]: token })).status).toBe(302);
    }
    expect((await thief.get("/secret", { Authorization: `Bearer ${token}` })).status).toBe(302);
  });
});

describe("R45 a long way back", () => {
  it("survives the second factor, and no cookie grows by it", async () => {
    const returnTo = `/secret?page=${"2".repeat(1980)}`;
    const visitor = visit();
    const challenged = await login(visitor, await withSecondFactor(), { returnTo });
    for (const line of challenged.headers.getSetCookie()) expect(line.length).toBeLessThan(300);
    const response = await visitor.post("/login/second-factor", { code: RIGHT_CODE });
    expect(response.headers.get("Location")).toBe(returnTo);
  });

  it("that is longer still is dropped, and the login is none the worse", async () => {
    const email = await register(house, visit());
    const response = await login(visit(), email, { returnTo: `/${"x".repeat(2000)}` });
    expect(response.headers.get("Location")).toBe("/");
  });
});

describe("R49 a session", () => {
  it("goes on when its browser is updated or comes from another network", async () => {
    const visitor = visit();
    await register(house, visitor);
    const moved = await visitor.get("/secret", {
      "X-Forwarded-For": "2001:db8::77",
      "User-Agent": "Mozilla/5.0 (X11; Linux x86_64) Firefox/145.0",
      "Accept-Language": "pt",
    });
    expect(moved.status).toBe(200);
  });
});

describe("R21 ids", () => {
  it("tell neither how many there are nor which is next", async () => {
    const ids = [];
    for (let n = 0; n < 3; n++) {
      const visitor = visit();
      const email = await register(house, visitor);
      const { loaderData } = await pageOf(await visitor.get("/settings/sessions"));
      const [session] = loaderData["settings/sessions"] as { id: string }[];
      ids.push((await userByEmail(house, email)).id, session?.id);
    }
    for (const id of ids)
      expect(id).toMatch(/^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-/);
    expect(new Set(ids.map((id) => id?.slice(0, 8))).size).toBe(6);
  });

  it("that count up are refused when the house is built", () => {
    const columns = {
      email: text("email").notNull(),
      emailVerifiedAt: timestamp("email_verified_at"),
      disabledAt: timestamp("disabled_at"),
    };
    const counting = pgTable("users", { id: serial("id").primaryKey(), ...columns });
    const numbered = pgTable("users", { id: integer("id").primaryKey(), ...columns });
    for (const users of [counting, numbered]) expect(() => checkUsers(users)).toThrow(/count up/);
    const random = pgTable("users", { id: text("id").primaryKey(), ...columns });
    expect(() => checkUsers(random)).not.toThrow();
  });
});

describe("R79 what a visitor typed", () => {
  it("does not come back in an answer of the house", async () => {
    const mark = "<script>mark()</script>";
    for (const [path, fields] of [
      ["/login", { email: `${mark}@example.com`, password: `${mark}${PASSWORD}`, returnTo: mark }],
      ["/register", { email: `${mark}@example.com`, password: mark }],
      ["/forgot-password", { email: mark }],
      ["/verify-email", { intent: "code", code: mark }],
      ["/reset-password", { password: mark }],
      ["/login", { [mark]: newAddress() }],
    ] as [string, Record<string, string>][]) {
      for (const end of ["", ".data"]) {
        const response = await visit().post(path + end, fields);
        const said = [...response.headers].flat().join("\n") + (await response.text());
        expect(said).not.toContain("mark()");
      }
    }
  });
});
