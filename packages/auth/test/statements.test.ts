import { beforeAll, describe, expect, it } from "vitest";
import type { RouteArgs } from "../src/router/visit.ts";
import { browser } from "./browser.ts";
import { openLoggedHouse } from "./logged.ts";
import { pages } from "./pages.ts";
import { newUser } from "./people.ts";
import { site } from "./site.ts";

let logged: Awaited<ReturnType<typeof openLoggedHouse>>;
let handle: ReturnType<typeof site>;
let cookie: string;
beforeAll(async () => {
  logged = await openLoggedHouse();
  const { house } = logged;
  cookie = await house.signInAs(await newUser(house));
  const asks = async (args: RouteArgs) => ({
    email: (await house.auth.requireUser(args)).user.email,
  });
  const nested = (depth: number): Parameters<typeof site>[0] => ({
    path: `level${depth}`,
    loader: asks,
    action: asks,
    ...(depth < 5 && { children: { [`level${depth + 1}`]: nested(depth + 1) } }),
  });
  handle = site({
    path: "",
    middleware: [house.auth.middleware, house.auth.securityHeaders],
    loader: async (args: RouteArgs) => ({ email: (await house.auth.getUser(args))?.email ?? null }),
    children: {
      guarded: { middleware: [house.auth.guard()], loader: asks, children: { level1: nested(1) } },
    },
  });
});

const DEEPEST = "/level1/level2/level3/level4/level5";

function visitorWith(line: string, open = handle) {
  const visitor = browser(open);
  if (line) visitor.adopt(line);
  return visitor;
}

describe("P4 R51 statements for one request", () => {
  it.each([
    ["document", () => visitorWith(cookie).get(DEEPEST)],
    [".data", () => visitorWith(cookie).get(`${DEEPEST}.data`)],
    ["document POST", () => visitorWith(cookie).post(DEEPEST)],
    [".data POST", () => visitorWith(cookie).post(`${DEEPEST}.data`)],
  ])("of a %s that seven loaders, an action and a guard ask about: one", async (_what, ask) => {
    let response = new Response();
    const statements = await logged.during(async () => {
      response = await ask();
    });
    expect(response.status).toBe(200);
    expect(await response.text()).toContain("@example.com");
    expect(statements).toHaveLength(1);
    expect(statements[0]).toMatch(/^select .* from "sessions" inner join "users"/);
  });

  it.each([
    ["nobody", ""],
    ["a forged cookie", `__Host-session=${"A".repeat(48)}`],
    ["a cookie of the wrong length", `__Host-session=${"A".repeat(47)}`],
    ["junk", "__Host-session=%00%ff"],
    ["an empty cookie", "__Host-session="],
    ["an oversized cookie", `__Host-session=${"A".repeat(5000)}`],
  ])("of %s: none", async (_who, line) => {
    const statements = await logged.during(async () => {
      for (const path of ["/", DEEPEST, `${DEEPEST}.data`]) await visitorWith(line).get(path);
      await visitorWith(line).post(DEEPEST);
    });
    expect(statements).toEqual([]);
  });

  it("of a page where nobody asks: none, whoever comes", async () => {
    const open = pages(logged.house);
    const statements = await logged.during(async () => {
      for (const line of ["", cookie]) {
        await visitorWith(line, open).get("/public");
        await visitorWith(line, open).get("/public.data");
      }
    });
    expect(statements).toEqual([]);
  });

  it("of a session that ended: two, for its token may be an older one, and of a request from another site none", async () => {
    const { house } = logged;
    const ended = await house.signInAs(await newUser(house));
    await visitorWith(ended, pages(house)).post("/logout");
    expect(await logged.during(() => visitorWith(ended).get(DEEPEST))).toHaveLength(2);
    const foreign = { "Sec-Fetch-Site": "cross-site" };
    expect(await logged.during(() => visitorWith(cookie).post(DEEPEST, {}, foreign))).toEqual([]);
  });
});
