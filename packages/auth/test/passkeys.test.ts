import { eq } from "drizzle-orm";
import { beforeAll, describe, expect, it } from "vitest";
import { minutes, seconds } from "../src/duration.ts";
import type {
  PasskeyCreationOptions,
  PasskeyRequestOptions,
} from "../src/features/passkeys/passkeys.ts";
import { type PasskeyCircumstances, type VirtualPasskey, virtualPasskey } from "../src/testing.ts";
import { attested } from "./attested.ts";
import { type Browser, crowd } from "./browser.ts";
import { openDatabase } from "./database.ts";
import { actionOf, hasSession, loaderOf, reasonOf } from "./factors.ts";
import { houseOn, openHouse } from "./house.ts";
import { pages } from "./pages.ts";
import { lastMail, login, newAddress, newUser, register, userByEmail } from "./people.ts";
import * as schema from "./schema.ts";

type House = Awaited<ReturnType<typeof openHouse>>;

let house: House;
let handle: ReturnType<typeof pages>;
beforeAll(async () => {
  house = await openHouse();
  handle = pages(house);
});

const visit = crowd(() => handle);

const LOGIN = "/login/passkey";
const SETTINGS = "/settings/passkeys";
const SECOND = "/login/second-factor";

type Asked<Options> = { ok: true; options: Options };

async function loginOptions(visitor: Browser, email = ""): Promise<PasskeyRequestOptions> {
  const asked = await visitor.post(LOGIN, { intent: "options", email });
  return ((await asked.json()) as Asked<PasskeyRequestOptions>).options;
}

const answer = (visitor: Browser, response: string) =>
  visitor.post(LOGIN, { intent: "verify", response });

async function loginWith(
  visitor: Browser,
  passkey: VirtualPasskey,
  now: Partial<PasskeyCircumstances> = {},
): Promise<Response> {
  return answer(visitor, passkey.get(await loginOptions(visitor), now));
}

async function reasonIn(response: Response): Promise<string | undefined> {
  return response.status === 302
    ? (response.headers.get("Location") ?? "")
    : ((await response.json()) as { reason?: string }).reason;
}

/** Signed in with a second factor given just now. */
async function steppedUp(user: { id: string }): Promise<Browser> {
  const visitor = visit();
  visitor.adopt(await house.steppedUp(user));
  return visitor;
}

async function registerOptions(visitor: Browser): Promise<PasskeyCreationOptions> {
  const asked = await visitor.post(SETTINGS, { intent: "options" });
  return (await actionOf<Asked<PasskeyCreationOptions>>(asked)).options;
}

async function factorOptions(visitor: Browser, page = SECOND): Promise<PasskeyRequestOptions> {
  const asked = await visitor.post(page, { intent: "passkey-options" });
  return (await actionOf<Asked<PasskeyRequestOptions>>(asked)).options;
}

type Enrolment = Parameters<House["enrollPasskey"]>[1];

async function owner(options: Enrolment = {}) {
  const user = await newUser(house);
  return { email: user.email, user, passkey: await house.enrollPasskey(user, options) };
}

async function ownerWithPassword(options: Enrolment = {}) {
  const email = await register(house, visit());
  const user = await userByEmail(house, email);
  return { email, user, passkey: await house.enrollPasskey(user, options) };
}

async function rowsOf({ id }: { id: string }) {
  const mine = eq(schema.passkeys.userId, id);
  const found = await house.core.db
    .select({ row: schema.passkeys })
    .from(schema.passkeys)
    .where(mine);
  return found.map(({ row }) => row);
}

async function aalOf(visitor: Browser): Promise<string> {
  const strong = await visitor.get("/strong");
  return strong.status === 200 ? "2" : hasSession(visitor) ? "1" : "none";
}

describe("a client that reads only JSON", () => {
  it("gets the options on their own, also from a page", async () => {
    const visitor = await steppedUp((await owner()).user);
    const headers = { Accept: "application/json" };
    const asked = await visitor.post(SETTINGS, { intent: "options" }, headers);
    expect(await asked.json()).toMatchObject({ ok: true, options: { rp: { id: "app.test" } } });
    const weak = visit();
    await register(house, weak);
    await house.clock.advance(minutes(11));
    const refused = await weak.post(SETTINGS, { intent: "options" }, headers);
    expect([refused.status, await refused.json()]).toEqual([400, { reason: "step_up_required" }]);
  });
});

describe("a login with a passkey", () => {
  it.each(["ES256", "EdDSA", "RS256"] as const)(
    "R122 needs no name and no second factor, with %s",
    async (algorithm) => {
      const { passkey, user } = await owner({ algorithm });
      const visitor = visit();
      const options = await loginOptions(visitor);
      expect(options).toMatchObject({ rpId: "app.test", userVerification: "required" });
      expect(options.allowCredentials).toEqual([]);
      const done = await answer(visitor, passkey.get(options));
      expect([done.status, await aalOf(visitor)]).toEqual([302, "2"]);
      const { details } = await house.expectAudit("login.succeeded", user);
      expect(details).toMatchObject({ amr: "passkey", aal: 2 });
    },
  );

  it("R123 notes the use and whether the passkey is backed up", async () => {
    const { passkey, user } = await owner({ backedUp: false });
    const [before] = await rowsOf(user);
    expect(before).toMatchObject({ backedUp: false, backupEligible: true, lastUsedAt: null });
    expect(before?.transports).toEqual(["hybrid", "internal"]);
    await loginWith(visit(), passkey, { backedUp: true, counter: 7 });
    const [after] = await rowsOf(user);
    expect(after).toMatchObject({ backedUp: true, counter: 7 });
    expect(after?.lastUsedAt).toBeInstanceOf(Date);
    const { details } = await house.expectAudit("passkey.suspected", user);
    expect(details).toEqual({ what: "backup", policy: "warn" });
  });

  it("R122 without user verification owes a second factor, and the same passkey is one with it", async () => {
    const { passkey } = await owner();
    const visitor = visit();
    const half = await loginWith(visitor, passkey, { isUserVerified: false });
    expect([half.headers.get("Location"), hasSession(visitor)]).toEqual([SECOND, false]);
    const page = await loaderOf<{ factors: string[] }>(await visitor.get(SECOND), "second-factor");
    expect(page.factors).toEqual(["passkeys"]);
    const options = await factorOptions(visitor);
    expect(options.userVerification).toBe("required");
    const done = await visitor.post(SECOND, { intent: "passkey", response: passkey.get(options) });
    expect([done.status, await aalOf(visitor)]).toEqual([302, "2"]);
  });

  it("R122 without user verification is not ended by the same again", async () => {
    const { passkey } = await owner();
    const visitor = visit();
    await loginWith(visitor, passkey, { isUserVerified: false });
    const response = passkey.get(await factorOptions(visitor), { isUserVerified: false });
    const refused = await visitor.post(SECOND, { intent: "passkey", response });
    expect(refused.headers.get("Location")).toBe("/login?refused=stronger_factor_required");
    expect(hasSession(visitor)).toBe(false);
  });

  it("R128 of a disabled user is refused, after the signature and in neutral words", async () => {
    const { passkey, user } = await owner();
    await house.disable(user.id);
    const visitor = visit();
    expect(await reasonIn(await loginWith(visitor, passkey))).toBe(
      "/login?refused=account_disabled",
    );
    const forged = await loginWith(visit(), passkey, { signature: "AAAA" });
    expect(await reasonIn(forged)).toBe("passkey_wrong");
    expect(hasSession(visitor)).toBe(false);
  });

  it("R116 holds no longer when the passkey is taken away meanwhile", async () => {
    const { passkey, user } = await owner();
    const visitor = visit();
    const options = await loginOptions(visitor);
    const [row] = await rowsOf(user);
    const response = passkey.get(options);
    const settings = await steppedUp(user);
    expect((await settings.post(SETTINGS, { intent: "remove", id: row?.id ?? "" })).status).toBe(
      200,
    );
    expect(await reasonIn(await answer(visitor, response))).toBe("passkey_wrong");
  });
});

describe("R117 what an authenticator says is refused calmly", () => {
  const LIES: Record<string, Partial<PasskeyCircumstances>> = {
    "from another site": { origin: "https://app.test.evil.example" },
    "from a subdomain": { origin: "https://evil.app.test" },
    "from plain http": { origin: "http://app.test" },
    "from another port": { origin: "https://app.test:8443" },
    "for another domain": { rpId: "evil.example" },
    "for a parent domain": { rpId: "test" },
    "of another ceremony": { type: "webauthn.create" },
    "of no ceremony": { type: "payment.get" },
    "in a frame of another site": { isFramed: true },
    "with nobody there": { isUserPresent: false, isUserVerified: false },
    "with a wrong signature": { signature: Buffer.alloc(70, 1).toString("base64url") },
    "with an empty signature": { signature: "" },
    "of a user without a name": { userHandle: null },
    "of another user": { userHandle: "AAAA" },
    "that it can no longer be backed up": { backupEligible: false, backedUp: false },
  };

  it.each(Object.entries(LIES))("%s", async (_, lie) => {
    const { passkey, user } = await owner();
    const visitor = visit();
    const refused = await loginWith(visitor, passkey, lie);
    expect([refused.status, await reasonIn(refused), hasSession(visitor)]).toEqual([
      ...[401, "passkey_wrong", false],
    ]);
    const { details } = await house.expectAudit("login.failed", user);
    expect(details).toEqual({ method: "passkey" });
  });

  it("when it is of a passkey nobody registered", async () => {
    const stranger = virtualPasskey();
    const visitor = visit();
    const response = stranger.get(await loginOptions(visitor), { userHandle: "AAAA" });
    expect(await reasonIn(await answer(visitor, response))).toBe("passkey_wrong");
  });

  it("when it is of no shape at all", async () => {
    const { passkey } = await owner();
    const visitor = visit();
    const good = JSON.parse(passkey.get(await loginOptions(visitor)));
    const { response } = good;
    const bent = (change: object) => ({ ...good, response: { ...response, ...change } });
    const clientData = (json: unknown) =>
      bent({ clientDataJSON: Buffer.from(JSON.stringify(json)).toString("base64url") });
    const junk: unknown[] = [
      ...["", null, 7, [], {}, { id: "AAAA" }, { ...good, response: null }],
      ...[
        { ...good, id: "" },
        { ...good, id: "a b" },
        { ...good, id: "A".repeat(2000) },
      ],
      ...[{ ...good, id: { toString: 1 } }, bent({ clientDataJSON: 7 }), clientData(null)],
      ...[clientData({}), clientData({ challenge: 7 }), clientData({ challenge: "x".repeat(48) })],
      "[".repeat(20_000),
    ];
    for (const one of junk) {
      const text = typeof one === "string" ? one : JSON.stringify(one);
      const refused = await answer(visit(), text);
      expect([400, 401]).toContain(refused.status);
      expect(["passkey_wrong", "ceremony_expired"]).toContain(await reasonIn(refused));
    }
    // None of it spent the question of the honest browser.
    expect((await answer(visitor, JSON.stringify(good))).status).toBe(302);
  });

  it.each([
    ["another id", { rawId: "AAAA" }],
    ["another type", { type: "password" }],
    ["no authenticator data", { authenticatorData: undefined }],
    ["broken authenticator data", { authenticatorData: "AAAA" }],
    ["a handle that is a number", { userHandle: 7 }],
    ["a signature that is a number", { signature: 7 }],
  ])("when the rest is right but %s", async (_, change) => {
    const { passkey } = await owner();
    const visitor = visit();
    const good = JSON.parse(passkey.get(await loginOptions(visitor)));
    const bent = { ...good, ...change, response: { ...good.response, ...change } };
    const refused = await answer(visitor, JSON.stringify(bent));
    expect([refused.status, await reasonIn(refused)]).toEqual([401, "passkey_wrong"]);
  });
});

describe("R116 a challenge", () => {
  it("is never the same and has 256 random bits", async () => {
    const visitor = visit();
    const [one, two] = [await loginOptions(visitor), await loginOptions(visitor)];
    expect(one.challenge).not.toBe(two.challenge);
    expect(Buffer.from(one.challenge, "base64url").length).toBeGreaterThanOrEqual(32);
  });

  it("is answered once", async () => {
    const { passkey } = await owner();
    const visitor = visit();
    const response = passkey.get(await loginOptions(visitor));
    expect((await answer(visitor, response)).status).toBe(302);
    expect(await reasonIn(await answer(visitor, response))).toBe("ceremony_expired");
  });

  it("is spent by a wrong answer too", async () => {
    const { passkey } = await owner();
    const visitor = visit();
    const options = await loginOptions(visitor);
    await answer(visitor, passkey.get(options, { signature: "AAAA" }));
    expect(await reasonIn(await answer(visitor, passkey.get(options)))).toBe("ceremony_expired");
    expect(hasSession(visitor)).toBe(false);
  });

  it("is worth nothing in another browser, and stays good in its own", async () => {
    const { passkey } = await owner();
    const [mine, thief, bare] = [visit(), visit(), visit()];
    const response = passkey.get(await loginOptions(mine));
    await loginOptions(thief);
    for (const other of [thief, bare]) {
      expect(await reasonIn(await answer(other, response))).toBe("ceremony_expired");
    }
    expect((await answer(mine, response)).status).toBe(302);
  });

  it("lasts five minutes and not a second longer", async () => {
    const { passkey } = await owner();
    const visitor = visit();
    const [one, two] = [await loginOptions(visitor), await loginOptions(visitor)];
    await house.clock.advance(seconds(299));
    expect((await answer(visitor, passkey.get(one))).status).toBe(302);
    await house.clock.advance(seconds(1));
    expect(await reasonIn(await answer(visitor, passkey.get(two)))).toBe("ceremony_expired");
  });

  it("for one thing is none for another, and is not spent by the try", async () => {
    const { passkey, user } = await owner();
    const visitor = await steppedUp(user);
    const forLogin = passkey.get(await loginOptions(visitor));
    const forStepUp = passkey.get(await factorOptions(visitor, "/step-up"));
    const made = virtualPasskey().create(await registerOptions(visitor));
    const swapped = await visitor.post("/step-up", { intent: "passkey", response: forLogin });
    expect(await reasonOf(swapped)).toBe("ceremony_expired");
    expect(await reasonIn(await answer(visitor, forStepUp))).toBe("ceremony_expired");
    expect(await reasonIn(await answer(visitor, made))).toBe("ceremony_expired");
    expect(
      (await visitor.post("/step-up", { intent: "passkey", response: forStepUp })).status,
    ).toBe(302);
  });

  it("R32 is stored as a hash, without the browser it belongs to", async () => {
    const visitor = visit();
    const { challenge } = await loginOptions(visitor);
    const rows = await house.core.db
      .select({ row: schema.webauthnChallenges })
      .from(schema.webauthnChallenges);
    const stored = JSON.stringify(rows);
    expect(stored).not.toContain(challenge);
    expect(stored).not.toContain(visitor.jar.get("__Host-flow")?.slice(5, 25));
  });

  it("R124 is asked for 60 times a minute from one network, and pruned when it is over", async () => {
    const visitor = visit();
    const statuses: number[] = [];
    for (let n = 0; n < 61; n++) {
      statuses.push((await visitor.post(LOGIN, { intent: "options" })).status);
    }
    expect(statuses.filter((status) => status === 200)).toHaveLength(60);
    const refused = await visitor.post(LOGIN, { intent: "options" });
    expect(await refused.json()).toMatchObject({ reason: "rate_limited" });
    const signUp = await visitor.post("/register/passkey", {
      ...{ intent: "options", email: newAddress() },
    });
    expect(await signUp.json()).toMatchObject({ reason: "rate_limited" });
    await house.clock.advance(minutes(6));
    await house.prune();
    const rows = await house.core.db
      .select({ hash: schema.webauthnChallenges.challengeHash })
      .from(schema.webauthnChallenges);
    expect(rows).toEqual([]);
  });

  it("R22 is answered 30 times a minute from one network", async () => {
    const visitor = visit();
    const reasons: (string | undefined)[] = [];
    for (let n = 0; n < 31; n++) reasons.push(await reasonIn(await answer(visitor, "junk")));
    expect(reasons).toEqual([...Array(30).fill("passkey_wrong"), "rate_limited"]);
  });

  it("R127 is neither asked for nor answered from another site", async () => {
    const visitor = visit();
    const foreign = { "Sec-Fetch-Site": "cross-site", Origin: "https://evil.example" };
    for (const intent of ["options", "verify"]) {
      expect((await visitor.post(LOGIN, { intent }, foreign)).status).toBe(403);
    }
  });

  it("R130 may be answered by pages of this site alone", async () => {
    const policy = (await visit().get("/login")).headers.get("Permissions-Policy");
    expect(policy).toContain("publickey-credentials-get=(self)");
    expect(policy).toContain("publickey-credentials-create=(self)");
  });
});

describe("R19 options for an address", () => {
  const shapeOf = ({ challenge: _, ...options }: PasskeyRequestOptions) => ({
    ...options,
    allowCredentials: options.allowCredentials.map(({ id, ...rest }) => ({
      ...rest,
      isId: /^[\w-]{22,64}$/.test(id),
    })),
  });

  it("look alike for known and unknown, and are the same at each asking", async () => {
    const { email, passkey } = await owner();
    const plain = await register(house, visit());
    const addresses = [email, plain, newAddress("nobody")];
    const shapes = [];
    for (const address of addresses) {
      const [one, two] = [
        await loginOptions(visit(), address),
        await loginOptions(visit(), address),
      ];
      expect(one.allowCredentials).toEqual(two.allowCredentials);
      expect(one.allowCredentials).toHaveLength(10);
      shapes.push(shapeOf(one));
    }
    expect(shapes[1]).toEqual(shapes[0]);
    expect(shapes[2]).toEqual(shapes[0]);
    const mine = await loginOptions(visit(), email);
    expect(mine.allowCredentials.map(({ id }) => id)).toContain(passkey.credentialId);
  });

  it("change in one place when a passkey is added, and are in no order that tells which", async () => {
    const places = new Set<number>();
    for (let n = 0; n < 6; n++) {
      const user = await newUser(house);
      const { email } = user;
      const before = await loginOptions(visit(), email);
      const passkey = await house.enrollPasskey(user);
      const after = await loginOptions(visit(), email);
      const ids = after.allowCredentials.map(({ id }) => id);
      const kept = before.allowCredentials.filter(({ id }) => ids.includes(id));
      expect(kept).toHaveLength(9);
      places.add(ids.indexOf(passkey.credentialId));
    }
    expect(places.size).toBeGreaterThan(1);
  });

  it("let in whose address it is, also with a key that does not keep the user", async () => {
    const { email, passkey } = await owner();
    const visitor = visit();
    const response = passkey.get(await loginOptions(visitor, email), { userHandle: null });
    expect((await answer(visitor, response)).status).toBe(302);
    expect(hasSession(visitor)).toBe(true);
  });

  it("are refused for what is no address", async () => {
    const refused = await visit().post(LOGIN, { intent: "options", email: "nobody" });
    expect(await refused.json()).toEqual({ ok: false, reason: "email_invalid" });
  });
});

describe("a new passkey", () => {
  it("R119 R126 is asked for with a random handle, without attestation, and not twice on one device", async () => {
    const { user, passkey } = await owner();
    const visitor = await steppedUp(user);
    const options = await registerOptions(visitor);
    expect(options).toMatchObject({
      rp: { id: "app.test", name: "Testbed" },
      attestation: "none",
      authenticatorSelection: { residentKey: "required", userVerification: "required" },
    });
    expect(options.excludeCredentials.map(({ id }) => id)).toEqual([passkey.credentialId]);
    const [row] = await rowsOf(user);
    expect(options.user.id).toBe(row?.userHandle);
    const handle = Buffer.from(options.user.id, "base64url");
    expect(handle.length).toBeGreaterThanOrEqual(16);
    expect(handle.toString()).not.toContain(user.id);
    expect(handle.toString()).not.toContain(user.email);
  });

  it("R33 R113 gives this session a second factor and a new id, ends all others, and tells the owner", async () => {
    const email = await register(house, visit());
    const user = await userByEmail(house, email);
    const [visitor, other] = [visit(), visit()];
    await login(visitor, email);
    await login(other, email);
    const before = visitor.jar.get("__Host-session");
    const response = virtualPasskey().create(await registerOptions(visitor));
    expect((await visitor.post(SETTINGS, { intent: "register", response })).status).toBe(200);
    expect(visitor.jar.get("__Host-session")).not.toBe(before);
    expect(await aalOf(visitor)).toBe("2");
    expect((await other.get("/secret")).status).toBe(302);
    expect((await lastMail(house, email)).kind).toBe("passkey-added");
    await house.expectAudit("passkey.added", user);
  });

  it.each([
    ["fbfc3007-154e-4ecc-8c0b-6e020557d7bd", "", "iCloud Keychain"],
    ["00000000-0000-0000-0000-000000000000", "", "Passkey"],
    ["fbfc3007-154e-4ecc-8c0b-6e020557d7bd", "  My\u202e\n phone ", "My phone"],
    ["fbfc3007-154e-4ecc-8c0b-6e020557d7bd", "🙂".repeat(100), "🙂".repeat(64)],
  ])("R123 of %s with the name %j is called %j", async (aaguid, name, called) => {
    const visitor = await steppedUp(await newUser(house));
    const response = virtualPasskey({ aaguid }).create(await registerOptions(visitor));
    await visitor.post(SETTINGS, { intent: "register", response, name });
    const [passkey] = await loaderOf<{ name: string }[]>(
      await visitor.get(SETTINGS),
      SETTINGS.slice(1),
    );
    expect(passkey?.name).toBe(called);
  });

  it("R119 of another user stays theirs", async () => {
    const { passkey, user } = await owner();
    const thief = await newUser(house);
    const visitor = await steppedUp(thief);
    const copy = virtualPasskey({ credentialId: passkey.credentialId });
    const response = copy.create(await registerOptions(visitor));
    const refused = await visitor.post(SETTINGS, { intent: "register", response });
    expect(await reasonOf(refused)).toBe("passkey_taken");
    expect([(await rowsOf(thief)).length, (await rowsOf(user)).length]).toEqual([0, 1]);
    expect((await loginWith(visit(), passkey)).status).toBe(302);
  });

  it("R120 needs a fresh proof, a proven address, and its own user's question", async () => {
    const email = await register(house, visit());
    const user = await userByEmail(house, email);
    const stale = visit();
    stale.adopt(await house.signInAs(user, { stale: minutes(11) }));
    expect(await reasonOf(await stale.post(SETTINGS, { intent: "options" }))).toBe(
      "step_up_required",
    );
    const fresh = await steppedUp(user);
    const response = virtualPasskey().create(await registerOptions(fresh));
    stale.jar.set("__Host-flow", fresh.jar.get("__Host-flow") as string);
    const late = await stale.post(SETTINGS, { intent: "register", response });
    expect(await reasonOf(late)).toBe("step_up_required");
    const other = await steppedUp(await newUser(house));
    other.jar.set("__Host-flow", fresh.jar.get("__Host-flow") as string);
    const foreign = await other.post(SETTINGS, { intent: "register", response });
    expect(await reasonOf(foreign)).toBe("ceremony_expired");
    await house.core.db
      .update(schema.users)
      .set({ emailVerifiedAt: null })
      .where(eq(schema.users.id, user.id));
    const unproven = await fresh.post(SETTINGS, { intent: "options" });
    expect(await reasonOf(unproven)).toBe("verified_email_required");
  });

  it("is not finished under another password than it was begun", async () => {
    const email = await register(house, visit());
    const user = await userByEmail(house, email);
    const visitor = await steppedUp(user);
    const response = virtualPasskey().create(await registerOptions(visitor));
    await visitor.post("/settings/password", {
      ...{
        currentPassword: "correct horse battery staple",
        newPassword: "another horse battery staple",
      },
    });
    const late = await visitor.post(SETTINGS, { intent: "register", response });
    expect(await reasonOf(late)).toBe("ceremony_expired");
  });

  it("R120 finds no place as the eleventh", async () => {
    const user = await newUser(house);
    for (let n = 0; n < 9; n++) await house.enrollPasskey(user);
    const visitor = await steppedUp(user);
    const [tenth, eleventh] = [await registerOptions(visitor), await registerOptions(visitor)];
    const register = (options: PasskeyCreationOptions) =>
      visitor.post(SETTINGS, { intent: "register", response: virtualPasskey().create(options) });
    expect((await register(tenth)).status).toBe(200);
    expect(await reasonOf(await register(eleventh))).toBe("too_many_passkeys");
    expect(await reasonOf(await visitor.post(SETTINGS, { intent: "options" }))).toBe(
      "too_many_passkeys",
    );
    expect(await rowsOf(user)).toHaveLength(10);
  });

  const UNFIT: Record<string, Partial<PasskeyCircumstances>> = {
    "from another site": { origin: "https://evil.example" },
    "for another domain": { rpId: "evil.example" },
    "of another ceremony": { type: "webauthn.get" },
    "in a frame": { isFramed: true },
    "without user verification": { isUserVerified: false },
    "with nobody there": { isUserPresent: false },
    "backed up though it cannot be": { backupEligible: false },
  };

  it.each(Object.entries(UNFIT))("R117 R122 is refused when it was made %s", async (_, lie) => {
    const user = await newUser(house);
    const visitor = await steppedUp(user);
    const response = virtualPasskey().create(await registerOptions(visitor), lie);
    const refused = await visitor.post(SETTINGS, { intent: "register", response });
    expect([refused.status, await reasonOf(refused)]).toEqual([400, "passkey_wrong"]);
    expect(await rowsOf(user)).toEqual([]);
  });

  it("R126 is refused with an attestation nobody asked for, and whatever its shape", async () => {
    const visitor = await steppedUp(await newUser(house));
    const attestations = [
      // {"fmt": "tpm", "attStmt": {}, "authData": h''} and the same as packed with a certificate.
      "o2NmbXRjdHBtZ2F0dFN0bXSgaGF1dGhEYXRhQA",
      "o2NmbXRmcGFja2VkZ2F0dFN0bXShY3g1Y4FAaGF1dGhEYXRhQA",
      ...["", "AAAA", "gYGBgYGBgYE", Buffer.alloc(20_000, 0x81).toString("base64url"), 7, null],
    ];
    const changes = attestations.map((attestationObject) => ({ attestationObject }));
    for (const change of [...changes, { id: "AAAA", rawId: "AAAA" }]) {
      const good = JSON.parse(virtualPasskey().create(await registerOptions(visitor)));
      const bent = { ...good, ...change, response: { ...good.response, ...change } };
      const response = JSON.stringify(bent);
      const refused = await visitor.post(SETTINGS, { intent: "register", response });
      expect([refused.status, await reasonOf(refused)]).toEqual([400, "passkey_wrong"]);
    }
    for (const by of ["certificate", "key alone"] as const) {
      const response = attested(virtualPasskey().create(await registerOptions(visitor)), by);
      const refused = await visitor.post(SETTINGS, { intent: "register", response });
      expect(await reasonOf(refused)).toBe("passkey_wrong");
    }
    const junk = await visitor.post(SETTINGS, { intent: "register", response: "junk" });
    expect(await reasonOf(junk)).toBe("passkey_wrong");
  });
});

describe("the list of passkeys", () => {
  it("shows to their owner alone what they are called and when they were used", async () => {
    const { user, passkey } = await owner({ aaguid: "d548826e-79b4-db40-a3d8-11116f7e8349" });
    const visitor = visit();
    await loginWith(visitor, passkey);
    const list = await loaderOf<object[]>(await visitor.get(SETTINGS), SETTINGS.slice(1));
    expect(list).toEqual([
      {
        id: (await rowsOf(user))[0]?.id,
        name: "Bitwarden",
        isBackedUp: true,
        createdAt: expect.any(String),
        lastUsedAt: expect.any(String),
      },
    ]);
  });

  it("R120 is changed with a fresh proof only, and never somebody else's", async () => {
    const [mine, yours] = [await owner(), await owner()];
    const id = (await rowsOf(yours.user))[0]?.id ?? "";
    const visitor = await steppedUp(mine.user);
    const stale = visit();
    stale.adopt(await house.signInAs(yours.user, { aal: 2, stale: minutes(11) }));
    for (const intent of ["rename", "remove"]) {
      for (const wrong of [id, "junk", ""]) {
        const refused = await visitor.post(SETTINGS, { intent, id: wrong, name: "Mine" });
        expect(await reasonOf(refused)).toBe("not_found");
      }
      const late = await stale.post(SETTINGS, { intent, id, name: "Mine" });
      expect(await reasonOf(late)).toBe("step_up_required");
    }
    expect((await rowsOf(yours.user))[0]?.name).toBe("Passkey");
  });

  it("gives another name, and writes it down", async () => {
    const { user } = await owner();
    const id = (await rowsOf(user))[0]?.id ?? "";
    const visitor = await steppedUp(user);
    await visitor.post(SETTINGS, { intent: "rename", id, name: " The blue\tone" });
    expect((await rowsOf(user))[0]?.name).toBe("The blue one");
    await house.expectAudit("passkey.renamed", user);
  });

  it("R120 loses one: this session steps down, all others end, and the owner is told", async () => {
    const { user, email, passkey } = await ownerWithPassword();
    const other = visit();
    await loginWith(other, passkey);
    const visitor = await steppedUp(user);
    const id = (await rowsOf(user))[0]?.id ?? "";
    expect((await visitor.post(SETTINGS, { intent: "remove", id })).status).toBe(200);
    expect(await rowsOf(user)).toEqual([]);
    expect(await aalOf(visitor)).toBe("1");
    expect((await other.get("/secret")).status).toBe(302);
    expect((await lastMail(house, email, "passkey-removed")).kind).toBe("passkey-removed");
    await house.expectAudit("passkey.removed", user);
    const again = visit();
    await login(again, email);
    expect(hasSession(again)).toBe(true);
  });

  it("keeps the second factor of the session while another passkey is there", async () => {
    const { user } = await owner();
    await house.enrollPasskey(user);
    const visitor = await steppedUp(user);
    const id = (await rowsOf(user))[0]?.id ?? "";
    await visitor.post(SETTINGS, { intent: "remove", id });
    expect(await aalOf(visitor)).toBe("2");
  });
});

describe("R120 the last way in", () => {
  it("stays: a passkey of who has neither a password nor a way by mail", async () => {
    const user = await newUser(house);
    await house.enrollPasskey(user);
    await house.enrollPasskey(user);
    const ids = (await rowsOf(user)).map(({ id }) => id);
    // The test house has codes by mail, which are a way in for who proved the address.
    const visitor = await steppedUp(user);
    await house.core.db
      .update(schema.users)
      .set({ emailVerifiedAt: null })
      .where(eq(schema.users.id, user.id));
    expect((await visitor.post(SETTINGS, { intent: "remove", id: ids[0] ?? "" })).status).toBe(200);
    const refused = await visitor.post(SETTINGS, { intent: "remove", id: ids[1] ?? "" });
    expect(await reasonOf(refused)).toBe("last_way_in");
    expect(await rowsOf(user)).toHaveLength(1);
  });

  it("may be a code by mail instead", async () => {
    const user = await newUser(house);
    await house.enrollPasskey(user);
    const visitor = await steppedUp(user);
    const id = (await rowsOf(user))[0]?.id ?? "";
    expect((await visitor.post(SETTINGS, { intent: "remove", id })).status).toBe(200);
  });
});

describe("a passkey beside a password", () => {
  it("R109 is owed after the password, and ends the login", async () => {
    const { email, passkey, user } = await ownerWithPassword();
    const visitor = visit();
    await login(visitor, email);
    expect(hasSession(visitor)).toBe(false);
    const options = await factorOptions(visitor);
    expect(options.userVerification).toBe("preferred");
    expect(options.allowCredentials).toEqual([
      { type: "public-key", id: passkey.credentialId, transports: ["hybrid", "internal"] },
    ]);
    const response = passkey.get(options, { isUserVerified: false });
    await visitor.post(SECOND, { intent: "passkey", response });
    expect(await aalOf(visitor)).toBe("2");
    const { details } = await house.expectAudit("login.succeeded", user);
    expect(details).toMatchObject({ amr: "pwd passkey" });
  });

  it("R105 shares the count of tries with all second factors, and somebody else's is a wrong one", async () => {
    const [mine, yours] = [await ownerWithPassword(), await owner()];
    const visitor = visit();
    await login(visitor, mine.email);
    const reasons: (string | undefined)[] = [];
    for (let n = 0; n < 6; n++) {
      const response = yours.passkey.get(await factorOptions(visitor), { userHandle: null });
      reasons.push(await reasonOf(await visitor.post(SECOND, { intent: "passkey", response })));
    }
    expect(reasons).toEqual([...Array(5).fill("passkey_wrong"), "rate_limited"]);
    const junk = await visitor.post(SECOND, { intent: "passkey", response: "junk" });
    expect(await reasonOf(junk)).toBe("rate_limited");
    await house.expectAudit("factor.failed", mine.user);
  });

  it("R50 steps a session up with user verification, and not without", async () => {
    const { passkey, user } = await owner();
    const visitor = visit();
    visitor.adopt(await house.signInAs(user, { stale: minutes(11) }));
    const show = async (now: Partial<PasskeyCircumstances>) =>
      visitor.post("/step-up", {
        ...{ intent: "passkey", returnTo: "/fresh" },
        response: passkey.get(await factorOptions(visitor, "/step-up"), now),
      });
    expect((await show({ isUserVerified: false })).headers.get("Location")).toBe(
      "/step-up?refused=stronger_factor_required",
    );
    expect((await show({})).headers.get("Location")).toBe("/fresh");
    expect((await visitor.get("/fresh")).status).toBe(200);
  });

  it("is not asked of who has none", async () => {
    const visitor = visit();
    visitor.adopt(await house.signInAs(await newUser(house)));
    const refused = await visitor.post("/step-up", { intent: "passkey-options" });
    expect(await reasonOf(refused)).toBe("factor_unavailable");
    for (let n = 0; n < 60; n++) await visitor.post("/step-up", { intent: "passkey-options" });
    const limited = await visitor.post("/step-up", { intent: "passkey-options" });
    expect(await reasonOf(limited)).toBe("rate_limited");
    const known = await owner();
    visitor.adopt(await house.steppedUp(known.user));
    expect(await reasonOf(await visitor.post(SETTINGS, { intent: "options" }))).toBe(
      "rate_limited",
    );
  });
});

describe("R121 a counter that goes back", () => {
  const bound = { backupEligible: false, backedUp: false };

  it("refuses a key that cannot be copied, writes it down, and locks nobody out", async () => {
    const { passkey, user, email } = await ownerWithPassword({ ...bound, counter: 5 });
    expect((await loginWith(visit(), passkey, { counter: 6 })).status).toBe(302);
    for (const counter of [6, 5, 0]) {
      const refused = await loginWith(visit(), passkey, { counter });
      expect(await reasonIn(refused)).toBe("passkey_suspected");
    }
    const { details, outcome } = await house.expectAudit("passkey.suspected", user);
    expect([details, outcome]).toEqual([{ what: "counter", policy: "requireStepUp" }, "failure"]);
    expect((await loginWith(visit(), passkey, { counter: 7 })).status).toBe(302);
    const visitor = visit();
    await login(visitor, email);
    const response = passkey.get(await factorOptions(visitor), { counter: 1 });
    const second = await visitor.post(SECOND, { intent: "passkey", response });
    expect(await reasonOf(second)).toBe("passkey_suspected");
  });

  it("is nothing to a key that always says zero, or that is kept in many places", async () => {
    const zero = await owner(bound);
    for (let n = 0; n < 2; n++) {
      expect((await loginWith(visit(), zero.passkey)).status).toBe(302);
    }
    const synced = await owner({ counter: 5 });
    expect((await loginWith(visit(), synced.passkey, { counter: 4 })).status).toBe(302);
    expect((await rowsOf(synced.user))[0]?.counter).toBe(5);
    const { details } = await house.expectAudit("passkey.suspected", synced.user);
    expect(details).toEqual({ what: "counter", policy: "warn" });
  });

  it("of two answers at once lets the later one in, and the earlier one try again", async () => {
    const { passkey, user } = await owner({ ...bound, counter: 1 });
    const [one, two] = [visit(), visit()];
    const earlier = passkey.get(await loginOptions(one), { counter: 2 });
    const later = passkey.get(await loginOptions(two), { counter: 3 });
    const answers = await Promise.all([answer(two, later), answer(one, earlier)]);
    expect(answers[0].status).toBe(302);
    expect((await rowsOf(user))[0]?.counter).toBe(3);
    expect((await loginWith(one, passkey, { counter: 4 })).status).toBe(302);
  });

  it("is let in, or costs the key, where the app says so", async () => {
    const lax = await openHouse({ passkeyOptions: { onCounterRegression: "warn" } });
    const strict = await openHouse({
      passkeyOptions: { onCounterRegression: "revoke", onBackupChange: "revoke" },
    });
    const results: unknown[] = [];
    for (const [open, change] of [
      [lax, { counter: 1 }],
      [strict, { counter: 1 }],
      [strict, { counter: 9, backedUp: true, backupEligible: true }],
    ] as const) {
      const { auth, core } = open;
      const user = await newUser(open);
      const usual = change.counter === 1 ? bound : { backupEligible: true, backedUp: false };
      const passkey = await open.enrollPasskey(user, { ...usual, counter: 5 });
      const visitor = crowd(() => pages({ auth }))();
      const answered = await loginWith(visitor, passkey, change);
      const left = await core.db
        .select({ id: schema.passkeys.id })
        .from(schema.passkeys)
        .where(eq(schema.passkeys.userId, user.id));
      results.push([
        await reasonIn(answered),
        left.length,
        (await lastMail(open, user.email, "passkey-removed")).kind,
      ]);
    }
    expect(results).toEqual([
      ["/", 1, "none"],
      ["passkey_suspected", 0, "passkey-removed"],
      ["passkey_suspected", 0, "passkey-removed"],
    ]);
  });
});

describe("R125 the origins of passkeys", () => {
  const RELATED = "https://shop.example.org";

  it("are the app's own and those in the list, and a change of the list holds from the next start", async () => {
    const db = await openDatabase();
    const secret = "the same secret before and after the start: 1";
    const listed = await houseOn(db, { secret, passkeyOptions: { relatedOrigins: [RELATED] } });
    const passkey = await listed.enrollPasskey(await newUser(listed), { origin: RELATED });
    const logins: number[] = [];
    const tryAll = async (open: Awaited<ReturnType<typeof houseOn>>) => {
      for (const origin of [RELATED, "https://app.test", "https://other.example.org"]) {
        logins.push((await loginWith(crowd(() => pages(open))(), passkey, { origin })).status);
      }
    };
    await tryAll(listed);
    await tryAll(await houseOn(db, { secret }));
    expect(logins).toEqual([302, 302, 401, 401, 302, 401]);
  });

  it("may lie below a domain they share, and under another domain every passkey is lost", async () => {
    const db = await openDatabase();
    const secret = "the same secret before and after the start: 2";
    const origin = "https://app.example.com";
    const wide = await houseOn(db, { secret, origin, passkeyOptions: { rpId: "example.com" } });
    const passkey = await wide.enrollPasskey(await newUser(wide));
    const logins: number[] = [];
    for (const open of [wide, await houseOn(db, { secret, origin })]) {
      const visitor = crowd(() => pages(open), { origin })();
      logins.push((await loginWith(visitor, passkey, { rpId: "example.com" })).status);
    }
    expect(logins).toEqual([302, 401]);
  });
});

describe("the testing kit", () => {
  it("says why there can be no passkey", async () => {
    const user = await newUser(house);
    await expect(house.enrollPasskey(user, { isUserVerified: false })).rejects.toThrow(
      "passkey_wrong",
    );
    await house.core.db
      .update(schema.users)
      .set({ emailVerifiedAt: null })
      .where(eq(schema.users.id, user.id));
    await expect(house.enrollPasskey(user)).rejects.toThrow("verified_email_required");
  });
});
