import { eq } from "drizzle-orm";
import { beforeAll, describe, expect, it } from "vitest";
import { hours, minutes, seconds } from "../src/duration.ts";
import { crowd, pageOf } from "./browser.ts";
import { RIGHT_CODE } from "./fake-factor.ts";
import { openHouse } from "./house.ts";
import { pages } from "./pages.ts";
import { lastMail, login, newAddress, PASSWORD, register, userByEmail } from "./people.ts";
import * as schema from "./schema.ts";

let house: Awaited<ReturnType<typeof openHouse>>;
let handle: ReturnType<typeof pages>;
beforeAll(async () => {
  house = await openHouse();
  handle = pages(house);
});

const visit = crowd(() => handle);
const NEW_PASSWORD = "seven purple elephants dancing";

const tokenIn = ({ path }: { path: string }) => path.split("token=")[1] ?? "";

/** A secret of each purpose that is good just now, in the hands of whom it was given to. */
const SECRETS = {
  async session() {
    const visitor = visit();
    await register(house, visitor);
    return visitor.jar.get("__Host-session") as string;
  },
  async challenge() {
    const email = await register(house, visit());
    house.enrolled.add((await userByEmail(house, email)).id);
    const visitor = visit();
    await login(visitor, email);
    return visitor.jar.get("__Host-login") as string;
  },
  async "verification link"() {
    const email = newAddress();
    await visit().post("/register", { email, password: PASSWORD });
    return tokenIn(await lastMail(house, email));
  },
  async "reset link"() {
    const email = await register(house, visit());
    await visit().post("/forgot-password", { email });
    return tokenIn(await lastMail(house, email, "reset-password"));
  },
  async "magic link"() {
    const email = await register(house, visit());
    await visit().post("/login/magic-link", { intent: "request", email });
    return tokenIn(await lastMail(house, email, "magic-link"));
  },
  async "cancel link"() {
    const visitor = visit();
    const email = await register(house, visitor);
    await visitor.post("/settings/email", { email: newAddress() });
    return tokenIn(await lastMail(house, email, "email-change-requested"));
  },
  async "wasn't me"() {
    const visitor = visit();
    const email = await register(house, visitor);
    const form = { currentPassword: PASSWORD, newPassword: NEW_PASSWORD };
    await visitor.post("/settings/password", form);
    return tokenIn(await lastMail(house, email, "password-changed"));
  },
};

/** Whether a secret opens the door that is meant for secrets of this purpose. */
const DOORS: Record<keyof typeof SECRETS, (secret: string) => Promise<boolean>> = {
  async session(secret) {
    const visitor = visit();
    visitor.jar.set("__Host-session", secret);
    return (await visitor.get("/secret")).status === 200;
  },
  async challenge(secret) {
    const visitor = visit();
    visitor.jar.set("__Host-login", secret);
    await visitor.post("/login/second-factor", { code: RIGHT_CODE });
    return visitor.jar.has("__Host-session");
  },
  async "verification link"(secret) {
    const visitor = visit();
    await visitor.get(`/verify-email?token=${secret}`);
    await visitor.post("/verify-email", { intent: "confirm", password: PASSWORD });
    return visitor.jar.has("__Host-session");
  },
  async "reset link"(secret) {
    const visitor = visit();
    await visitor.get(`/reset-password?token=${secret}`);
    const response = await visitor.post("/reset-password", { password: NEW_PASSWORD });
    return response.status === 302;
  },
  async "magic link"(secret) {
    const visitor = visit();
    await visitor.get(`/login/magic-link?token=${secret}`);
    await visitor.post("/login/magic-link", { intent: "confirm" });
    return visitor.jar.has("__Host-session");
  },
  async "cancel link"(secret) {
    const visitor = visit();
    await visitor.get(`/settings/email/cancel?token=${secret}`);
    return (await visitor.post("/settings/email/cancel")).status === 200;
  },
  async "wasn't me"(secret) {
    const visitor = visit();
    await visitor.get(`/not-me?token=${secret}`);
    return (await visitor.post("/not-me")).status === 200;
  },
};

const purposes = Object.keys(SECRETS) as (keyof typeof SECRETS)[];

describe("R85 R47 a secret of one purpose", () => {
  it.each(purposes.flatMap((made) => purposes.map((tried) => [made, tried] as const)))(
    "made as a %s and tried as a %s opens the door if it was made for it, and else is not spent",
    async (made, tried) => {
      const secret = await SECRETS[made]();
      expect(await DOORS[tried](secret)).toBe(made === tried);
      if (made !== tried) expect(await DOORS[made](secret)).toBe(true);
    },
  );
});

describe("R86 a link", () => {
  it.each([
    ["reset link", "reset-password", minutes(30)],
    ["verification link", "verify-email", hours(24)],
  ] as const)(
    "the %s works a second before its time is over, and not a second after",
    async (made, page, life) => {
      const [first, second] = [await SECRETS[made](), await SECRETS[made]()];
      const isGood = async (secret: string) => {
        const visitor = visit();
        await visitor.get(`/${page}?token=${secret}`);
        const { loaderData } = await pageOf(await visitor.get(`/${page}`));
        return !JSON.stringify(loaderData).includes("expired");
      };
      await house.clock.advance(seconds(life - 1));
      expect(await isGood(first)).toBe(true);
      expect(await DOORS[made](first)).toBe(true);
      await house.clock.advance(seconds(2));
      expect(await isGood(second)).toBe(false);
      expect(await DOORS[made](second)).toBe(false);
      await house.clock.back(seconds(life + 1));
    },
  );
});

describe("R87 a link is dead", () => {
  it.each([
    [
      "when the address has changed since",
      (id: string) =>
        house.core.db
          .update(schema.users)
          .set({ email: newAddress("moved") })
          .where(eq(schema.users.id, id)),
    ],
    [
      "when its user is gone",
      (id: string) => house.core.db.delete(schema.users).where(eq(schema.users.id, id)),
    ],
  ])("%s", async (_when, change) => {
    const email = await register(house, visit());
    await visit().post("/forgot-password", { email });
    const secret = tokenIn(await lastMail(house, email, "reset-password"));
    await change((await userByEmail(house, email)).id);
    expect(await DOORS["reset link"](secret)).toBe(false);
  });
});

describe("R62 R71 opening or asking for a page", () => {
  it.each(["GET", "HEAD"])(
    "never does what its form does: %s with the form's fields",
    async (method) => {
      const visitor = visit();
      const email = await register(house, visitor);
      await visitor.post("/forgot-password", { email });
      const { path } = await lastMail(house, email, "reset-password");
      const query = new URLSearchParams({ email, password: NEW_PASSWORD, intent: "confirm" });
      for (const asked of [
        `/logout?_method=POST`,
        `/login?${query}`,
        `${path}&${query}&_method=POST`,
        `/settings/sessions?intent=revoke-others&_method=DELETE`,
        `/settings/password?currentPassword=${PASSWORD}&newPassword=${NEW_PASSWORD}`,
      ]) {
        const stranger = visit();
        await stranger.send(asked, { method, headers: { "X-HTTP-Method-Override": "POST" } });
        expect(stranger.jar.has("__Host-session")).toBe(false);
        await visitor.send(asked, { method, headers: { "X-HTTP-Method-Override": "POST" } });
      }
      expect((await visitor.get("/secret")).status).toBe(200);
      expect((await login(visit(), email)).status).toBe(302);
      expect(await DOORS["reset link"](tokenIn({ path }))).toBe(true);
    },
  );
});
