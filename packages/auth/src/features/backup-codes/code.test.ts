import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hashBackupCode, newBackupCode } from "./code.ts";

const KEY = Buffer.alloc(32, 7).toString("base64url");

describe("R106 a backup code", () => {
  it("has 80 random bits in letters and digits that nobody mistakes", () => {
    const codes = Array.from({ length: 2000 }, newBackupCode);
    expect(new Set(codes).size).toBe(2000);
    for (const code of codes)
      expect(code).toMatch(/^([0-9a-hjkmnp-tv-z]{4}-){3}[0-9a-hjkmnp-tv-z]{4}$/);
    for (let at = 0; at < 19; at++) {
      if (at % 5 === 4) continue;
      expect(new Set(codes.map((code) => code[at])).size).toBe(32);
    }
  });

  it("is the same however it is spaced, dashed, cased or misread", () => {
    const hash = hashBackupCode("0123-4567-89ab-cdef", KEY);
    expect(hash).toMatch(/^[\w-]{43}$/);
    for (const typed of [
      "0123456789abcdef",
      " 0123 4567 89AB CDEF\n",
      "O1 23-45 67-89-ab-cd-ef",
      "oL23456789ABCDEF",
      "oi23-4567-89ab-cdef",
    ]) {
      expect(hashBackupCode(typed, KEY)).toBe(hash);
    }
  });

  it("is another for another key, and for one letter more or less", () => {
    const code = newBackupCode();
    const other = randomBytes(32).toString("base64url");
    expect(hashBackupCode(code, other)).not.toBe(hashBackupCode(code, KEY));
    expect(hashBackupCode(code.slice(1), KEY)).toBe(null);
    expect(hashBackupCode(`${code}0`, KEY)).toBe(null);
  });

  it("R104 is nothing, and no error, whatever is typed", () => {
    for (const typed of [
      "",
      "uuuu-uuuu-uuuu-uuuu",
      "０１２３４５６７８９ａｂｃｄｅｆ",
      "\0".repeat(16),
      "a".repeat(70_000),
    ])
      expect(hashBackupCode(typed, KEY)).toBe(null);
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (typed) => {
        const hash = hashBackupCode(typed, KEY);
        return hash === null || hash.length === 43;
      }),
    );
  });
});
