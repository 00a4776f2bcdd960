import { sql } from "drizzle-orm";
import { getTableConfig } from "drizzle-orm/pg-core";
import { beforeAll, expect, it } from "vitest";
import * as tables from "../src/schema.ts";
import { browser, pageOf } from "./browser.ts";
import { openHouse } from "./house.ts";
import { pages } from "./pages.ts";
import { lastMail, newAddress, PASSWORD } from "./people.ts";
import { users } from "./schema.ts";

let house: Awaited<ReturnType<typeof openHouse>>;
beforeAll(async () => {
  house = await openHouse();
  await house.core.db.execute(sql`create unique index one_per_color on users (favorite_color)`);
});

it("says so when a unique column of the app has the value already, and writes nothing", async () => {
  const visitor = browser(pages(house));
  await visitor.post("/register", { email: newAddress(), password: PASSWORD });
  const email = newAddress();
  const second = await visitor.post("/register", { email, password: PASSWORD });
  expect(second.status).toBe(400);
  expect((await pageOf(second)).actionData?.register?.reason).toBe("field_taken");
  expect((await lastMail(house, email)).kind).toBe("none");
});

it("lives beside tables that have its names, under a prefix", () => {
  const own = { prefix: "auth_" };
  const made = [
    tables.sessionsTable(users, own),
    tables.tokensTable(users, own),
    tables.rateLimitsTable(own),
    tables.auditEventsTable(users, own),
    tables.outboxTable(own),
    tables.passwordsTable(users, own),
    tables.totpTable(users, own),
    tables.backupCodesTable(users, own),
    tables.trustedDevicesTable(users, own),
    tables.passkeysTable(users, own),
    tables.webauthnChallengesTable(users, own),
  ].map((table) => getTableConfig(table));
  const names = made.flatMap(({ name, indexes }) => [
    name,
    ...indexes.map(({ config }) => config.name),
  ]);
  expect(names.filter((name) => !name?.startsWith("auth_"))).toEqual([]);
  expect(names).toContain("auth_tokens_one_per_user_and_purpose");
});
