import { drizzle } from "drizzle-orm/node-postgres";
import { Pool } from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { browser } from "./browser.ts";
import { houseOn } from "./house.ts";
import { pages } from "./pages.ts";
import { lastMail, login, PASSWORD, register } from "./people.ts";
import { newDatabase, race } from "./postgres.ts";

type House = Awaited<ReturnType<typeof houseOn>>;

describe.each([false, true])("node-postgres, statements kept by name: %s", (namedStatements) => {
  let pool: Pool;
  let house: House;
  let handle: ReturnType<typeof pages>;
  beforeAll(async () => {
    pool = new Pool({ connectionString: await newDatabase(), max: 5 });
    house = await houseOn(drizzle({ client: pool }), { namedStatements });
    handle = pages(house);
  });
  afterAll(() => pool.end());

  it("serves a whole account over node-postgres as well", async () => {
    const visitor = browser(handle);
    const email = await register(house, visitor);
    expect((await visitor.get("/secret")).status).toBe(200);

    const phone = browser(handle);
    await login(phone, email, { remember: "on" });
    await visitor.post("/settings/password", {
      currentPassword: PASSWORD,
      newPassword: "seven purple elephants dancing",
    });
    expect([(await visitor.get("/secret")).status, (await phone.get("/secret")).status]).toEqual([
      200, 302,
    ]);

    await phone.post("/forgot-password", { email });
    await phone.get((await lastMail(house, email, "reset-password")).path);
    expect((await phone.post("/reset-password", { password: PASSWORD })).status).toBe(302);
    expect((await visitor.get("/secret")).status).toBe(302);
    expect((await login(phone, email)).status).toBe(302);

    const { headers } = await phone.post("/settings/sessions", { intent: "revoke-others" });
    expect(headers.get("Cache-Control")).toBe("private, no-store");
    await house.prune();
    expect((await phone.get("/secret")).status).toBe(200);
  });

  it("shares statements under load there too, and mixes nobody up", async () => {
    const people = await race(3, async (index) => {
      const visitor = browser(handle, { ip: `203.0.113.${index}` });
      return { visitor, email: await register(house, visitor) };
    });
    await race(60, async (index) => {
      const { visitor, email } = people[index % 3] as (typeof people)[number];
      expect(await (await visitor.get("/secret")).text()).toContain(email);
    });
  });

  it("counts failures exactly there too", async () => {
    const answers = await race(30, async (index) => {
      const visitor = browser(handle, { ip: `198.51.100.${index}` });
      return (await visitor.post("/login", { email: "nobody@example.com", password: "x" })).status;
    });
    expect(answers.filter((status) => status === 401)).toHaveLength(5);
  });

  it("keeps statements by name where it is told to, and no two houses share a name", async () => {
    const { rows } = await pool.query("select name from pg_prepared_statements");
    expect(rows.length > 0).toBe(namedStatements);
    const other = await houseOn(drizzle({ client: pool }), { namedStatements });
    const names = [house, other].map(({ core }) => core.statementName("session"));
    expect(new Set(names).size).toBe(namedStatements ? 2 : 1);
  });
});
