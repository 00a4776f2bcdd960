import { drizzle } from "drizzle-orm/pglite";
import { describe, expect, it } from "vitest";
import * as schema from "../test/schema.ts";
import { createAuth } from "./auth.ts";
import type { Core, Feature } from "./core.ts";
import { AuthError } from "./errors.ts";
import { build, makeHouse } from "./house.ts";

const nothing: Feature = { operations: {} };
const SECRET = "a secret of quite enough bytes and unlike others: 42";

/** Nothing here gets as far as a query. */
const db = drizzle.mock();

/** What the house itself sends for the tables of the schema, whatever the features. */
const templates = { "session-reused": () => ({ subject: "", text: "", html: "" }) };

/** What createAuth says against these features; fails when it has nothing to say. */
function refusalOf(features: Record<string, () => Feature>, more: object = {}) {
  try {
    createAuth({
      db,
      schema,
      appName: "Testbed",
      secret: SECRET,
      origin: "https://app.test",
      mail: { from: "", templates, transport: { send: async () => {} } },
      unverifiedUsers: "allow",
      features,
      ...more,
    });
  } catch (error) {
    if (error instanceof AuthError) return { code: error.code, message: error.message };
    throw error;
  }
  return null;
}

describe("R164 the house refuses to open", () => {
  it.each([
    ...["middleware", "securityHeaders", "requireUser", "getUser", "requireAnonymous"],
    ...["requireVerifiedEmail", "guard", "login", "challengedUser", "finishLogin", "stepUp"],
    ...["logout", "readForm", "receiveToken", "nonce", "sessions", "ready", "undeliveredMail"],
  ])("with a feature called %s, which would hide the helper of that name", async (name) => {
    const refusal = refusalOf({ [name]: () => nothing });
    expect(refusal?.code).toBe("ERR_AUTH_FEATURE_NAME");
    expect(refusal?.message).toContain(`would hide auth.${name}`);
    expect(refusal?.message).toContain("Give the feature another name");
  });

  it("when a mail that a feature sends has no words", async () => {
    const mailer = () => ({ ...nothing, mails: ["reset-password"] as const });
    const refusal = refusalOf({ mailer });
    expect(refusal?.code).toBe("ERR_AUTH_EMAIL_MISSING");
    expect(refusal?.message).toContain('"reset-password"');
    expect(refusal?.message).toContain("app/auth/emails.ts");
  });

  it("when nobody new could ever log in", async () => {
    const refusal = refusalOf({ plain: () => nothing }, { unverifiedUsers: "block" });
    expect(refusal?.code).toBe("ERR_AUTH_CONFIG_INVALID");
    expect(refusal?.message).toContain("no feature can prove one");
    expect(refusal?.message).toContain("emailVerification");
    const proving = () => ({ ...nothing, proveMailbox: async () => {} });
    expect(refusalOf({ proving }, { unverifiedUsers: "block" })).toBeNull();
    expect(refusalOf({ proving }, { unverifiedUsers: undefined })).toBeNull();
  });

  it("blocks users with an unproven address unless it is told otherwise", async () => {
    const refusal = refusalOf({ plain: () => nothing }, { unverifiedUsers: undefined });
    expect(refusal?.message).toContain("kept out");
  });

  it("over a bad environment, before it looks at anything else", async () => {
    const refusal = refusalOf({ login: () => nothing }, { secret: "short" });
    expect(refusal?.message).toContain("AUTH_SECRET");
  });

  it("and opens when all is well", async () => {
    expect(refusalOf({ plain: () => nothing })).toBeNull();
  });
});

describe("all features together", () => {
  const core = {} as Core;

  it("are built once, in the order they are listed", () => {
    const order: string[] = [];
    const feature = (name: string) => () => {
      order.push(name);
      return nothing;
    };
    build({ a: feature("a"), b: feature("b") }, core);
    expect(order).toEqual(["a", "b"]);
  });

  it("name the second factors a user has", async () => {
    const has = (answer: boolean): Feature => ({
      ...nothing,
      isSecondFactorFor: async () => answer,
    });
    const features = { nothing, totp: has(true), passkeys: has(false), codes: has(true) };
    const house = makeHouse(
      () => core,
      () => features,
    );
    expect(await house.secondFactorsOf({} as never, "user")).toEqual(["totp", "codes"]);
  });

  it("R63 have no second factor to skip when one of them cannot say", async () => {
    const broken: Feature = {
      ...nothing,
      async isSecondFactorFor() {
        throw new Error("the database is away");
      },
    };
    const house = makeHouse(
      () => core,
      () => ({ nothing, broken }),
    );
    await expect(house.secondFactorsOf({} as never, "user")).rejects.toThrow("away");
  });
});
