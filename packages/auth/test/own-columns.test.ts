import { sql } from "drizzle-orm";
import { beforeAll, expect, it } from "vitest";
import { browser, pageOf } from "./browser.ts";
import { openHouse } from "./house.ts";
import { pages } from "./pages.ts";
import { lastMail, newAddress, PASSWORD } from "./people.ts";

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
