import bcrypt from "bcryptjs";
import { eq, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/pglite";
import { beforeAll, describe, expect, it } from "vitest";
import { crowd } from "./browser.ts";
import { openDatabase } from "./database.ts";
import { houseOn, type openHouse } from "./house.ts";
import { pages } from "./pages.ts";
import { login, newUser, PASSWORD } from "./people.ts";
import * as schema from "./schema.ts";

let house: Awaited<ReturnType<typeof openHouse>>;
let handle: ReturnType<typeof pages>;
let bcryptHash: string;
/** Hears of every statement just before it is sent. */
let onQuery = (_query: string): void => {};
beforeAll(async () => {
  const { $client: client } = await openDatabase();
  const logger = { logQuery: (query: string) => onQuery(query) };
  house = await houseOn(drizzle({ client, logger }), {});
  handle = pages(house);
  bcryptHash = await bcrypt.hash(PASSWORD, 6);
});

const visit = crowd(() => handle);

async function imported(hash: string) {
  const user = await newUser(house);
  await house.core.db
    .insert(schema.passwords)
    .values({ userId: user.id, hash, updatedAt: house.core.now });
  return user;
}

async function hashOf(userId: string): Promise<string | undefined> {
  const [row] = await house.core.db
    .select({ hash: schema.passwords.hash })
    .from(schema.passwords)
    .where(eq(schema.passwords.userId, userId));
  return row?.hash;
}

describe("R1 a user brought along from another system, with a bcrypt hash", () => {
  it("logs in, has an Argon2id hash from then on, and logs in again", async () => {
    const { id, email } = await imported(bcryptHash);
    expect((await login(visit(), email)).status).toBe(302);
    expect(await hashOf(id)).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect((await login(visit(), email)).status).toBe(302);
  });

  it("logs in five times at once, and one good hash is left", async () => {
    const { id, email } = await imported(bcryptHash);
    const tries = Array.from({ length: 5 }, () => login(visit(), email));
    const statuses = (await Promise.all(tries)).map(({ status }) => status);
    expect(statuses).toEqual([302, 302, 302, 302, 302]);
    expect(await hashOf(id)).toMatch(/^\$argon2id\$/);
    expect((await login(visit(), email)).status).toBe(302);
  });

  it("keeps the old hash when the password was wrong", async () => {
    const { id, email } = await imported(bcryptHash);
    const wrong = await visit().post("/login", { email, password: `${PASSWORD}!` });
    expect(wrong.status).toBe(401);
    expect(await hashOf(id)).toBe(bcryptHash);
  });

  it("changes the password while an upgrade is on its way: the new one stays", async () => {
    const { id, email } = await imported(bcryptHash);
    const newPassword = "seven purple elephants dancing";
    const newHash = await bcrypt.hash(newPassword, 6);
    let changing: Promise<unknown> = Promise.resolve();
    onQuery = (query) => {
      if (!query.startsWith('select "hash" from "passwords"')) return;
      onQuery = () => {};
      const change = sql`update passwords set hash = ${newHash} where user_id = ${id}`;
      setImmediate(() => {
        // Drizzle sends nothing before somebody waits for it.
        changing = house.core.db.execute(change).then(() => {});
      });
    };
    expect((await login(visit(), email)).status).toBe(302);
    await changing;
    expect(await hashOf(id)).toBe(newHash);
    expect((await visit().post("/login", { email, password: newPassword })).status).toBe(302);
  });
});

describe("R8 nobody", () => {
  it.each([
    ["an empty one", "email=%s&password="],
    ["none", "email=%s"],
    ["a list of them", "email=%s&password[]=a"],
    ["two", "email=%s&password=&password="],
    ["the word null", "email=%s&password=null"],
    ["spaces", "email=%s&password=+++++++++++++++"],
  ])("comes in as a user without a password, given %s", async (_what, body) => {
    const { email } = await newUser(house);
    const visitor = visit();
    const response = await visitor.send("/login", {
      method: "POST",
      body: body.replace("%s", encodeURIComponent(email)),
      headers: { "Content-Type": "application/x-www-form-urlencoded" },
    });
    expect([400, 401]).toContain(response.status);
    expect(visitor.jar.has("__Host-session")).toBe(false);
  });

  it.each(["", "*", "!", "x", "$argon2id$v=19$m=19456,t=2,p=1$$"])(
    "comes in where the stored hash is %j",
    async (hash) => {
      const { email } = await imported(hash);
      for (const password of ["", hash, PASSWORD]) {
        expect((await visit().post("/login", { email, password })).status).toBe(401);
      }
    },
  );
});

describe("R1 R43 a user who loses the password while it is upgraded", () => {
  it("does not come in by it", async () => {
    const { id, email } = await imported(bcryptHash);
    await house.core.db.execute(sql`create function lose_password() returns trigger language plpgsql
      as 'begin delete from passwords where user_id = old.user_id; return null; end'`);
    await house.core.db.execute(sql`create trigger lose_password before update on passwords
      for each row execute function lose_password()`);
    const response = await login(visit(), email);
    await house.core.db.execute(sql`drop trigger lose_password on passwords`);
    expect(response.headers.get("Location")).toBe("/login?refused=proof_outdated");
    expect(await hashOf(id)).toBeUndefined();
  });
});
