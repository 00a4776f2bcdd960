import { describe, expect, it } from "vitest";
import { codeMatches, generateCode, hashCode } from "./code.ts";
import { keyRing } from "./keys.ts";
import { sameText } from "./same.ts";

const keys = keyRing(["a secret of more than enough bytes: 1"]).for("code");
const others = keyRing(["a secret of more than enough bytes: 2"]).for("code");

describe("a code typed by a human", () => {
  it("R91 is six digits, each as likely as any other in every place", () => {
    const counts = Array.from({ length: 6 }, () => Array<number>(10).fill(0));
    const rounds = 20_000;
    for (let n = 0; n < rounds; n++) {
      const code = generateCode();
      if (!/^\d{6}$/.test(code)) throw new Error(`not a code: ${code}`);
      for (const [place, digit] of [...code].entries())
        (counts[place] as number[])[Number(digit)]! += 1;
    }
    for (const place of counts) {
      const expected = rounds / 10;
      const chiSquared = place.reduce((sum, seen) => sum + (seen - expected) ** 2 / expected, 0);
      // Nine degrees of freedom: above 50 once in ten million tries.
      expect(chiSquared).toBeLessThan(50);
    }
  });

  it("R91 matches its own hash and, of a million, almost no other", () => {
    const hash = hashCode(keys, "123456", "flow");
    expect(codeMatches(keys, "123456", "flow", hash)).toBe(true);
    for (let n = 0; n < 2000; n++) {
      const code = String(n).padStart(6, "0");
      expect(codeMatches(keys, code, "flow", hash)).toBe(false);
    }
  });

  it.each(["123 456", "123-456", " 123456 ", "1 2 3 4 5 6", "123\u00a0456"])(
    "forgives the spaces and dashes of %j",
    (typed) => {
      expect(codeMatches(keys, typed, "flow", hashCode(keys, "123456", "flow"))).toBe(true);
    },
  );

  it.each(["", "12345", "1234567", "１２３４５６", "123456x", "\0", "x".repeat(100_000), "654321"])(
    "R104 says no to %.20j, calmly",
    (typed) => {
      expect(codeMatches(keys, typed, "flow", hashCode(keys, "123456", "flow"))).toBe(false);
    },
  );

  it("is worth nothing in another context, nor where context and code run together", () => {
    expect(codeMatches(keys, "123456", "other", hashCode(keys, "123456", "flow"))).toBe(false);
    expect(codeMatches(keys, "23456", "flow1", hashCode(keys, "123456", "flow"))).toBe(false);
  });

  it("R168 cannot be tried out by whoever has the stored hash and not the secret", () => {
    const hash = hashCode(keys, "123456", "flow");
    expect(codeMatches(others, "123456", "flow", hash)).toBe(false);
  });

  it("still matches while the secret is turned over", () => {
    const hash = hashCode(keys, "123456", "flow");
    expect(codeMatches([...others, ...keys], "123456", "flow", hash)).toBe(true);
    expect(hashCode([...others, ...keys], "123456", "flow")).toBe(
      hashCode(others, "123456", "flow"),
    );
  });
});

describe("R167 comparing texts", () => {
  it.each([
    ["", "", true],
    ["a", "a", true],
    ["é🙂", "é🙂", true],
    ["a", "b", false],
    ["a", "aa", false],
    ["a", "", false],
    ["é", "e\u0301", false],
  ])("%j and %j: %s", (a, b, same) => {
    expect([sameText(a, b), sameText(b, a)]).toEqual([same, same]);
  });
});
