import { beforeAll, describe, expect, it } from "vitest";
import { browser, pageOf } from "./browser.ts";
import { RIGHT_CODE } from "./fake-factor.ts";
import { houseOn, openHouse } from "./house.ts";
import { pages } from "./pages.ts";
import { lastMail, login, newAddress, PASSWORD, register, userByEmail } from "./people.ts";

type House = Awaited<ReturnType<typeof openHouse>>;

const OLD = "an old secret of quite enough bytes: 1";
const NEW = "a fresh secret of quite enough bytes: 2";

let before: House;
beforeAll(async () => {
  before = await openHouse({ secret: OLD });
});

let visitors = 0;
const visit = (house: House) => browser(pages(house), { ip: `203.0.113.${++visitors}` });

/** The house after the operator deployed another AUTH_SECRET, on the same database. */
async function deploy(secret: string): Promise<House> {
  const house = await houseOn(before.core.db as never, { secret });
  for (const id of before.enrolled) house.enrolled.add(id);
  return house;
}

/** Things begun with the old secret; each says whether it can be finished in another house. */
const BEGUN: [string, () => Promise<(house: House) => Promise<boolean>>][] = [
  [
    "a session",
    async () => {
      const visitor = visit(before);
      await register(before, visitor);
      return async (house) => (await moved(visitor.jar, house).get("/secret")).status === 200;
    },
  ],
  [
    "a login that waits for its second factor",
    async () => {
      const email = await register(before, visit(before));
      before.enrolled.add((await userByEmail(before, email)).id);
      const visitor = visit(before);
      await login(visitor, email);
      return async (house) => {
        const there = moved(visitor.jar, house);
        await there.post("/login/second-factor", { code: RIGHT_CODE });
        return there.jar.has("__Host-session");
      };
    },
  ],
  [
    "a code in a mail",
    async () => {
      const [visitor, email] = [visit(before), newAddress()];
      await visitor.post("/register", { email, password: PASSWORD });
      const { code } = await lastMail(before, email);
      return async (house) => {
        const there = moved(visitor.jar, house);
        return (await there.post("/verify-email", { intent: "code", code })).status === 302;
      };
    },
  ],
  [
    "a link in a mail",
    async () => {
      const email = await register(before, visit(before));
      await visit(before).post("/forgot-password", { email });
      const { path } = await lastMail(before, email, "reset-password");
      return async (house) => {
        const there = visit(house);
        await there.get(path);
        const { loaderData } = await pageOf(await there.get("/reset-password"));
        return JSON.stringify(loaderData["reset-password"]).includes("valid");
      };
    },
  ],
  [
    "a mail that was not sent yet",
    async () => {
      const email = newAddress();
      await visit(before).post("/register", { email, password: PASSWORD });
      return async (house) => (await lastMail(house, email)).kind === "verify-email";
    },
  ],
];

function moved(jar: Map<string, string>, house: House) {
  const there = visit(house);
  for (const [name, value] of jar) there.jar.set(name, value);
  return there;
}

describe.each(BEGUN)("R13 R166 when the secret is turned over, %s", (_what, begin) => {
  it("is finished while the old secret is still accepted", async () => {
    const finish = await begin();
    expect(await finish(await deploy(`${NEW},${OLD}`))).toBe(true);
  });

  it("is worth nothing once the old secret is gone", async () => {
    const finish = await begin();
    expect(await finish(await deploy(NEW))).toBe(false);
  });
});

describe("R13 passwords", () => {
  it("do not depend on the secret, so turning it over locks nobody out", async () => {
    const email = await register(before, visit(before));
    expect((await login(visit(await deploy(NEW)), email)).status).toBe(302);
  });
});
