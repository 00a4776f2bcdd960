import { eq } from "drizzle-orm";
import { beforeAll, describe, expect, it } from "vitest";
import type {
  PasskeyCreationOptions,
  PasskeyRequestOptions,
} from "../src/features/passkeys/passkeys.ts";
import { type PasskeyCircumstances, type VirtualPasskey, virtualPasskey } from "../src/testing.ts";
import { type Browser, crowd } from "./browser.ts";
import { actionOf, hasSession, reasonOf } from "./factors.ts";
import { openHouse } from "./house.ts";
import { pages } from "./pages.ts";
import { lastMail, newAddress, newUser, userByEmail } from "./people.ts";
import * as schema from "./schema.ts";

type House = Awaited<ReturnType<typeof openHouse>>;

let house: House;
let handle: ReturnType<typeof pages>;
beforeAll(async () => {
  house = await openHouse();
  handle = pages(house);
});

const visit = crowd(() => handle);

const SIGN_UP = "/register/passkey";

async function optionsFor<Options>(visitor: Browser, path: string, email = ""): Promise<Options> {
  const asked = await visitor.post(path, { intent: "options", email });
  return ((await asked.json()) as { options: Options }).options;
}

async function signUp(
  visitor: Browser,
  email: string,
  passkey = virtualPasskey(),
  now: Partial<PasskeyCircumstances> = {},
): Promise<Response> {
  const options = await optionsFor<PasskeyCreationOptions>(visitor, SIGN_UP, email);
  const response = passkey.create(options, now);
  return visitor.post(SIGN_UP, { intent: "register", response });
}

async function loginWith(visitor: Browser, passkey: VirtualPasskey): Promise<Response> {
  const options = await optionsFor<PasskeyRequestOptions>(visitor, "/login/passkey");
  return visitor.post("/login/passkey", { intent: "verify", response: passkey.get(options) });
}

/** All that a stranger sees of an answer, but for what is random. */
async function seen(response: Response) {
  const cookies = response.headers.getSetCookie().map((line) => line.replace(/=[^;]*/, "="));
  const location = response.headers.get("Location");
  return { status: response.status, location, cookies, body: await response.text() };
}

describe("a registration with a passkey", () => {
  it("has no password, and lets in when the mailbox is proven", async () => {
    const [visitor, email, passkey] = [visit(), newAddress(), virtualPasskey()];
    const registered = await signUp(visitor, email, passkey);
    expect(registered.headers.get("Location")).toBe("/verify-email");
    const user = await userByEmail(house, email);
    expect([user.emailVerifiedAt, user.favoriteColor]).toEqual([null, "teal"]);
    await house.expectAudit("user.registered", user);
    const { code } = await lastMail(house, email);
    await signUpVerified(visitor, code, passkey);
    expect((await visitor.get("/strong")).status).toBe(200);
    const again = visit();
    await loginWith(again, passkey);
    expect(hasSession(again)).toBe(true);
    const hashes = await house.core.db
      .select({ hash: schema.passwords.hash })
      .from(schema.passwords)
      .where(eq(schema.passwords.userId, user.id));
    expect(hashes).toEqual([]);
  });

  /** The mail is the first factor of that login, so the passkey is its second. */
  async function signUpVerified(visitor: Browser, code: string, passkey: VirtualPasskey) {
    const verified = await visitor.post("/verify-email", { intent: "code", code });
    expect(verified.headers.get("Location")).toBe("/login/second-factor");
    const asked = await visitor.post("/login/second-factor", { intent: "passkey-options" });
    const { options } = await actionOf<{ options: PasskeyRequestOptions }>(asked);
    const response = passkey.get(options);
    await visitor.post("/login/second-factor", { intent: "passkey", response });
  }

  it("lets nobody in while the mailbox is not proven, and mails its owner again", async () => {
    const [visitor, email, passkey] = [visit(), newAddress(), virtualPasskey()];
    await signUp(visitor, email, passkey);
    const early = await loginWith(visitor, passkey);
    expect(early.headers.get("Location")).toBe("/verify-email");
    expect(hasSession(visitor)).toBe(false);
    const mails = (await house.outbox()).filter(({ to }) => to === email);
    expect(mails).toHaveLength(2);
  });

  it("R15 answers alike for a taken address, whose owner is told and whose account is untouched", async () => {
    const taken = await newUser(house);
    const [fresh, squatter] = [visit(), visit()];
    const passkey = virtualPasskey();
    const answers = [
      await seen(await signUp(fresh, newAddress())),
      await seen(await signUp(squatter, taken.email, passkey)),
    ];
    expect(answers[1]).toEqual(answers[0]);
    expect((await lastMail(house, taken.email)).kind).toBe("already-registered");
    await house.expectAudit("user.registered-again", taken);
    const thief = visit();
    expect((await loginWith(thief, passkey)).status).toBe(401);
    expect(hasSession(thief)).toBe(false);
  });

  it("R19 asks alike for new and taken addresses", async () => {
    const taken = await newUser(house);
    await house.enrollPasskey(taken);
    const shapes = [];
    for (const email of [newAddress(), taken.email]) {
      const options = await optionsFor<PasskeyCreationOptions>(visit(), SIGN_UP, email);
      const { challenge, user, ...rest } = options;
      shapes.push({ ...rest, lengths: [challenge.length, user.id.length] });
      expect([user.name, options.excludeCredentials]).toEqual([email, []]);
    }
    expect(shapes[1]).toEqual(shapes[0]);
  });

  it("R15 R119 finds out nothing with a credential of one's own", async () => {
    const mine = await house.enrollPasskey(await newUser(house));
    const taken = await newUser(house);
    const reasons = [];
    for (const email of [newAddress(), taken.email]) {
      const copy = virtualPasskey({ credentialId: mine.credentialId });
      reasons.push(await (await signUp(visit(), email, copy)).json());
    }
    const refused = { ok: false, reason: "passkey_wrong" };
    expect(reasons).toEqual([refused, refused]);
  });

  it("R119 of two with one credential at once enters one user", async () => {
    const credentialId = virtualPasskey().credentialId;
    const answers = await Promise.all(
      [newAddress(), newAddress()].map((email) =>
        signUp(visit(), email, virtualPasskey({ credentialId })),
      ),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([302, 400]);
  });

  it("R134 is worth nothing to a squatter once the owner of the mailbox sets a password", async () => {
    const [squatter, owner, email] = [visit(), visit(), newAddress()];
    const passkey = virtualPasskey();
    await signUp(squatter, email, passkey);
    const { path } = await lastMail(house, email, "verify-email");
    await owner.get(path);
    expect(await reasonOf(await owner.post("/verify-email", { intent: "confirm" }))).toBe(
      "password_required",
    );
    await owner.post("/forgot-password", { email });
    await owner.get((await lastMail(house, email, "reset-password")).path);
    await owner.post("/reset-password", { password: "the owner's own battery staple" });
    expect((await loginWith(squatter, passkey)).status).toBe(401);
    await owner.post("/login", { email, password: "the owner's own battery staple" });
    expect(hasSession(owner)).toBe(true);
  });

  it("R122 is refused without user verification, without a question, and for what is no address", async () => {
    const [visitor, email] = [visit(), newAddress()];
    const weak = await signUp(visitor, email, virtualPasskey(), { isUserVerified: false });
    expect(await weak.json()).toEqual({ ok: false, reason: "passkey_wrong" });
    const options = await optionsFor<PasskeyCreationOptions>(visitor, SIGN_UP, email);
    const response = virtualPasskey().create(options);
    const elsewhere = await visit().post(SIGN_UP, { intent: "register", response });
    expect(await elsewhere.json()).toEqual({ ok: false, reason: "ceremony_expired" });
    const refused = await visitor.post(SIGN_UP, { intent: "options", email: "nobody" });
    expect(await refused.json()).toEqual({ ok: false, reason: "email_invalid" });
  });

  it("R20 is limited by network and by address, known or not", async () => {
    const flooded = newAddress();
    const byAddress = [];
    for (let n = 0; n < 6; n++) byAddress.push((await signUp(visit(), flooded)).status);
    expect(byAddress).toEqual([302, 302, 302, 302, 302, 400]);
    const visitor = visit();
    const byNetwork = [];
    for (let n = 0; n < 21; n++) byNetwork.push(await signUp(visitor, newAddress()));
    expect(byNetwork.map(({ status }) => status)).toEqual([...Array(20).fill(302), 400]);
    expect(await byNetwork.at(-1)?.json()).toMatchObject({ reason: "rate_limited" });
  });
});
