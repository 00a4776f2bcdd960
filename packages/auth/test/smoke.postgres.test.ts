import { expect, it } from "vitest";
import { browser } from "./browser.ts";
import { register } from "./people.ts";
import { openNodes } from "./postgres.ts";
it("works", async () => {
  const { nodes } = await openNodes();
  const [one, two] = nodes;
  const v = browser(one.handle);
  await register(one.house, v);
  const w = browser(two.handle);
  w.jar.set("__Host-session", v.jar.get("__Host-session") as string);
  expect((await w.get("/secret")).status).toBe(200);
});
