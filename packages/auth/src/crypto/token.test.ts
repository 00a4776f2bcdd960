import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { keyRing } from "./keys.ts";
import { generateToken, hashToken } from "./token.ts";

const keys = keyRing(["a secret of more than enough bytes: 1"]).for("token");
const others = keyRing(["a secret of more than enough bytes: 2"]).for("token");
const PURPOSES = ["session", "verify-email", "reset-password", "second-factor"];

describe("a bearer token", () => {
  it("is 48 characters that need no escape in a URL or a cookie, and never the same twice", () => {
    const made = Array.from({ length: 1000 }, () => generateToken(keys, "session"));
    for (const token of made) expect(token).toMatch(/^[A-Za-z0-9_-]{48}$/);
    expect(new Set(made).size).toBe(1000);
  });

  it("R85 has 256 bits that all vary", () => {
    const ones = Array<number>(256).fill(0);
    for (let n = 0; n < 400; n++) {
      const bytes = Buffer.from(generateToken(keys, "session"), "base64url");
      for (let bit = 0; bit < 256; bit++) {
        ones[bit] = (ones[bit] as number) + (((bytes[bit >> 3] as number) >> (bit & 7)) & 1);
      }
    }
    // Of 400 fair coins fewer than 120 heads, or more than 280, are seen once in 10^15 tries.
    expect(Math.min(...ones)).toBeGreaterThan(120);
    expect(Math.max(...ones)).toBeLessThan(280);
  });

  it("is known by the same hash for as long as one of the secrets is held", () => {
    const token = generateToken(keys, "session");
    const hash = hashToken(keys, "session", token);
    expect(hash).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect(hashToken([...others, ...keys], "session", token)).toBe(hash);
    expect(hashToken([...keys, ...others], "session", token)).toBe(hash);
    expect(hashToken(others, "session", token)).toBeNull();
  });

  it.each(PURPOSES)("R47 R85 R166 made for %s is worthless for anything else", (purpose) => {
    const token = generateToken(keys, purpose);
    const accepted = PURPOSES.filter((other) => hashToken(keys, other, token) !== null);
    expect(accepted).toEqual([purpose]);
  });

  it("R32 cannot be made from what is stored: a stored hash is no token, whole, padded or encoded otherwise", () => {
    for (let n = 0; n < 50; n++) {
      const stored = hashToken(keys, "session", generateToken(keys, "session")) as string;
      const bytes = Buffer.from(stored, "base64url");
      const tries = [
        stored,
        ...["A", "=", "0"].map((pad) => stored.padEnd(48, pad)),
        ...(["hex", "base64", "base64url"] as const).map((as) => bytes.toString(as)),
        Buffer.concat([bytes, Buffer.alloc(4)]).toString("base64url"),
        Buffer.concat([bytes, bytes.subarray(0, 4)]).toString("base64url"),
      ];
      for (const attempt of tries) expect(hashToken(keys, "session", attempt)).toBeNull();
    }
  });

  it("is worthless with any one bit flipped", () => {
    fc.assert(
      fc.property(fc.nat(48 * 8 - 1), (bit) => {
        const characters = Buffer.from(generateToken(keys, "session"), "latin1");
        characters[bit >> 3] = (characters[bit >> 3] as number) ^ (1 << (bit & 7));
        return hashToken(keys, "session", characters.toString("latin1")) === null;
      }),
    );
  });

  it("junk of any kind is no token, and never an error", () => {
    const almost = fc.string({ unit: fc.constantFrom(..."AZaz09-_+/= \0é🙂"), maxLength: 60 });
    const right = fc
      .uint8Array({ minLength: 36, maxLength: 36 })
      .map((bytes) => Buffer.from(bytes).toString("base64url"));
    const anything = fc.oneof(fc.string({ unit: "binary" }), almost, right);
    fc.assert(fc.property(anything, (junk) => hashToken(keys, "session", junk) === null));
  });
});
