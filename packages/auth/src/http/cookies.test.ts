import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { clearCookie, cookieName, readCookie, setCookie } from "./cookies.ts";

const NAME = "__Host-session";

describe("setting a cookie", () => {
  it("R35 gives it to this host alone, over HTTPS, out of reach of scripts", () => {
    expect(setCookie({ name: "session", value: "abc", secure: true })).toBe(
      "__Host-session=abc; Path=/; Secure; HttpOnly; SameSite=Lax",
    );
    expect(setCookie({ name: "session", value: "abc", secure: true, maxAgeSeconds: 60 })).toBe(
      "__Host-session=abc; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=60",
    );
  });

  it("gives browsers whole seconds, the only ones they read", () => {
    const cookie = setCookie({ name: "session", value: "abc", secure: true, maxAgeSeconds: 59.9 });
    expect(cookie).toMatch(/; Max-Age=59$/);
  });

  it("R35 drops prefix and Secure together on plain-http localhost", () => {
    expect(setCookie({ name: "session", value: "abc", secure: false })).toBe(
      "session=abc; Path=/; HttpOnly; SameSite=Lax",
    );
    expect(cookieName("session", false)).toBe("session");
  });

  it("R35 removes it by repeating the attributes", () => {
    expect(clearCookie({ name: "session", secure: true })).toBe(
      "__Host-session=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0",
    );
    expect(clearCookie({ name: "session", secure: false })).toBe(
      "session=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0",
    );
  });

  it.each([
    "a; Domain=evil.example",
    "a\r\nSet-Cookie: b=c",
    "a b",
    '"a"',
    "a,b",
    "é",
    "a".repeat(4001),
  ])("R80 R45 never writes a value that would break the header or be dropped: %j", (value) => {
    expect(() => setCookie({ name: "session", value, secure: true })).toThrow(TypeError);
  });

  it("R45 stays below the 4096 bytes that browsers keep", () => {
    const [pair = ""] = setCookie({ name: "session", value: "a".repeat(4000), secure: true }).split(
      ";",
    );
    expect(pair.length).toBeLessThanOrEqual(4096);
  });

  it("reads back whatever it set", () => {
    fc.assert(
      fc.property(
        fc.stringMatching(/^[A-Za-z0-9._~=&%-]{1,200}$/),
        fc.boolean(),
        (value, secure) => {
          const [pair = ""] = setCookie({ name: "session", value, secure }).split("; ");
          expect(readCookie(`theme=dark; ${pair}; other=1`, cookieName("session", secure))).toBe(
            value,
          );
        },
      ),
    );
  });
});

describe("reading a cookie", () => {
  it.each([
    ["__Host-session=abc", "abc"],
    ["a=b; __Host-session=abc; c=d", "abc"],
    ["a=b;__Host-session=abc;c=d", "abc"],
    ["a=b;   __Host-session=abc", "abc"],
    ["__Host-session=a=b&c=%20", "a=b&c=%20"],
    ["__Host-session=", ""],
    ["; ;=;a;__Host-session=abc", "abc"],
  ])("finds it in %j", (header, value) => {
    expect(readCookie(header, NAME)).toBe(value);
  });

  it("R46 takes the first of several with the same name", () => {
    expect(readCookie("__Host-session=first; __Host-session=second", NAME)).toBe("first");
  });

  it("R46 does not go on to a second one when the first is junk", () => {
    expect(readCookie('__Host-session="x"; __Host-session=second', NAME)).toBeNull();
  });

  it.each([
    null,
    "",
    "session=abc",
    "__host-session=abc",
    "__Host-session",
    "x__Host-session=abc",
    "__Host-session2=abc",
    "__Host-session =abc",
    "a=__Host-session=abc",
    "=__Host-session=abc",
    "\u00a0__Host-session=abc",
    "a=b; \u00a0__Host-session=abc",
    "\u0085__Host-session=abc",
    "\t__Host-session=abc",
    "â\u0080\u0080__Host-session=abc",
    "$Version=1,__Host-session=abc",
    '__Host-session="abc"',
    "__Host-session= abc",
    "__Host-session=a b",
    "__Host-session=a,b",
    "__Host-session=\u00e9",
    "__Host-session=a\0b",
  ])("R45 R46 finds nothing in %j", (header) => {
    expect(readCookie(header, NAME)).toBeNull();
  });

  it("R45 ignores a header or a value longer than any browser sends", () => {
    expect(readCookie(`${NAME}=abc; a=${"b".repeat(16 * 1024)}`, NAME)).toBeNull();
    expect(readCookie(`${NAME}=${"b".repeat(4001)}`, NAME)).toBeNull();
  });

  it.each([" ", ";", "=", "; ", "__Host-session"])("R45 costs nothing when full of %j", (piece) => {
    const header = `a${piece.repeat(16_000 / piece.length)}b`;
    const start = performance.now();
    for (let round = 0; round < 50; round += 1) readCookie(header, NAME);
    expect(performance.now() - start).toBeLessThan(500);
  });

  it("R45 never throws, and gives back nothing but safe characters", () => {
    const junk = fc.array(
      fc.oneof(fc.string({ unit: "binary" }), fc.constantFrom(NAME, "=", ";", " ", "abc")),
    );
    fc.assert(
      fc.property(junk, (pieces) => {
        expect(readCookie(pieces.join(""), NAME) ?? "").toMatch(/^[A-Za-z0-9._~=&%-]*$/);
      }),
      { numRuns: 1000 },
    );
  });
});
