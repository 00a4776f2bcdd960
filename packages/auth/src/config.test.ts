import { randomBytes } from "node:crypto";
import { afterEach, describe, expect, it, vi } from "vitest";
import { checkEnvironment, type Environment } from "./config.ts";
import { AuthError } from "./errors.ts";

const SECRET = randomBytes(32).toString("base64");
const OLDER = randomBytes(32).toString("base64url");
const GOOD = { secret: SECRET, origin: "https://app.example.com" };

afterEach(() => vi.unstubAllEnvs());

function check(environment: Partial<Environment>, { mailbox = false, mode = "production" } = {}) {
  vi.stubEnv("NODE_ENV", mode);
  const transport = { send: async () => {}, ...(mailbox && { developmentOnly: true as const }) };
  return checkEnvironment({ ...GOOD, ...environment }, { from: "", templates: {}, transport });
}

/** What the refusal says; fails when there is none. */
function refusalOf(...args: Parameters<typeof check>): string {
  try {
    check(...args);
  } catch (error) {
    if (!(error instanceof AuthError)) throw error;
    expect(error.code).toBe("ERR_AUTH_CONFIG_INVALID");
    return error.message;
  }
  return "not refused";
}

describe("R164 the house refuses to open with a secret that is", () => {
  it.each([
    ["missing", undefined, "AUTH_SECRET is missing"],
    ["empty", "", "AUTH_SECRET is missing"],
    ["a byte too short", "a1B2c3D4".repeat(4).slice(1), "shorter than 32 bytes"],
    ["followed by a comma", `${SECRET},`, "shorter than 32 bytes"],
    ["long with a short older one", `${SECRET},short`, "shorter than 32 bytes"],
    ["blank", " ".repeat(64), "shorter than 32 bytes"],
    ["one letter again and again", "a".repeat(64), "looks like an example"],
    ["two letters again and again", "ab".repeat(32), "looks like an example"],
    ["an example", "this-is-an-example-secret-1234567890", "looks like an example"],
    ["to be changed", "please-change-me-please-change-me-123", "looks like an example"],
    ["to be changed, in capitals", "CHANGEME_CHANGEME_0123456789_ABCDEF", "looks like an example"],
    ["a secret secret", "super-secret-secret-key-0123456789abc", "looks like an example"],
    [
      "an example as the older one",
      `${SECRET},example-example-example-0123456789`,
      "looks like an example",
    ],
    ["the same twice", `${SECRET},${SECRET}`, "the same secret twice"],
    ["the same twice, spaced", `${SECRET} , ${SECRET}`, "the same secret twice"],
  ])("%s, says so and how to make a good one, and never repeats it", (_what, secret, reason) => {
    const message = refusalOf({ secret });
    expect(message).toContain(reason);
    expect(message).toContain("openssl rand -base64 32");
    for (const part of (secret ?? "").split(",").filter((text) => text.trim().length > 5)) {
      expect(message).not.toContain(part);
    }
    expect(refusalOf({ secret }, { mode: "development" })).toBe(message);
  });

  it("and takes one of 32 bytes, or two while it is turned over, the newest first", () => {
    expect(check({ secret: "0123456789abcdefghijklmnopqrstuv" }).secrets).toHaveLength(1);
    expect(check({ secret: "ü1ö2ä3ß4".repeat(3) }).secrets).toHaveLength(1);
    expect(check({ secret: ` ${SECRET} , ${OLDER} ` }).secrets).toEqual([SECRET, OLDER]);
  });
});

describe("R74 R164 the house refuses to open at an origin that is", () => {
  it.each([
    ["missing", undefined, "APP_ORIGIN is missing"],
    ["empty", "", "APP_ORIGIN is missing"],
    ["no URL", "app.example.com", "not a URL"],
    ["only half of one", "https://", "not a URL"],
    ["with a path", "https://app.example.com/app", "more than an origin"],
    ["with a query", "https://app.example.com/?a", "more than an origin"],
    ["with a hash", "https://app.example.com/#a", "more than an origin"],
    ["with a user", "https://user@app.example.com", "more than an origin"],
    ["with a user and a password", "https://user:pw@app.example.com", "more than an origin"],
    ["with a password", "https://:pw@app.example.com", "more than an origin"],
    ["of another kind", "ftp://app.example.com", "more than an origin"],
    ["of a script", "javascript:alert(1)", "more than an origin"],
  ])("%s, and shows a good one", (_what, origin, reason) => {
    expect(refusalOf({ origin })).toContain(reason);
    expect(refusalOf({ origin })).toContain("https://app.example.com");
  });

  it.each([
    ["https://app.example.com", "https://app.example.com"],
    ["https://app.example.com/", "https://app.example.com"],
    ["HTTPS://App.Example.COM:443", "https://app.example.com"],
    ["https://app.example.com:8443", "https://app.example.com:8443"],
    ["https://bücher.example", "https://xn--bcher-kva.example"],
  ])("and spells %s as browsers do", (origin, spelled) => {
    expect(check({ origin }).origin).toBe(spelled);
  });
});

describe("R35 R164 plain http", () => {
  it("is refused in production, for the reason and with the cure", () => {
    const message = refusalOf({ origin: "http://app.example.com" });
    expect(message).toContain("anybody on the way can take a session");
    expect(message).toContain("https://");
    expect(refusalOf({ origin: "http://localhost:3000" })).toBe(
      message.replace("app.example.com", "localhost:3000"),
    );
  });

  it.each(["development", "test", ""])("is for localhost alone where NODE_ENV is %j", (mode) => {
    for (const origin of ["http://localhost:3000", "http://127.0.0.1:3000", "http://[::1]:3000"]) {
      expect(check({ origin }, { mode }).origin).toBe(origin);
    }
    for (const origin of [
      "http://app.example.com",
      "http://localhost.evil.example",
      "http://192.168.0.7",
      "http://127.0.0.1.nip.io",
    ]) {
      expect(refusalOf({ origin }, { mode })).toContain("plain http is for localhost alone");
    }
  });

  it("in production on localhost takes a switch that is named for its danger, and only there", () => {
    const switched = { allowInsecureCookiesOnLocalhost: true };
    expect(check({ ...switched, origin: "http://localhost:3000" }).origin).toBe(
      "http://localhost:3000",
    );
    expect(refusalOf({ ...switched, origin: "http://app.example.com" })).toContain("plain http");
  });
});

describe("R164 R189 the development mailbox", () => {
  it("is refused in production, also behind https on localhost, unless this is a demo", () => {
    const message = refusalOf({}, { mailbox: true });
    expect(message).toContain("would show every reset link to anybody");
    expect(message).toContain("SMTP_URL");
    const demo = { origin: "http://localhost:3000", allowInsecureCookiesOnLocalhost: true };
    expect(refusalOf({ ...demo, origin: "https://app.example.com" }, { mailbox: true })).toBe(
      message,
    );
    expect(check(demo, { mailbox: true }).origin).toBe(demo.origin);
    expect(check({}, { mailbox: true, mode: "development" }).origin).toBe(GOOD.origin);
  });
});

describe("R28 R164 the number of trusted proxies", () => {
  it.each([-1, 1.5, 11, Number.NaN, Number.POSITIVE_INFINITY])("is not %d", (trustedProxyHops) => {
    const message = refusalOf({ trustedProxyHops });
    expect(message).toContain("TRUSTED_PROXY_HOPS");
    expect(message).toContain("could be forged");
  });

  it("is none unless you say so", () => {
    expect(check({}).trustedProxyHops).toBe(0);
    expect(check({ trustedProxyHops: 10 }).trustedProxyHops).toBe(10);
  });
});
