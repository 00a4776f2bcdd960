import { execFileSync, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { codeAt, enrolmentUri, SECRET_BYTES, STEP, secretText, stepOf } from "./code.ts";

/** The secret of the test vectors in RFC 4226 appendix D and RFC 6238 appendix B. */
const RFC_SECRET = secretText(Buffer.from("12345678901234567890"));
const SECRET = secretText(Buffer.alloc(SECRET_BYTES, 7));

describe("a code", () => {
  it.each([
    [59, "94287082"],
    [1111111109, "07081804"],
    [1111111111, "14050471"],
    [1234567890, "89005924"],
    [2000000000, "69279037"],
    [20000000000, "65353130"],
  ])("is what RFC 6238 appendix B says for second %i", (second, digits) => {
    // The table has eight digits; six are the last six of them (RFC 4226 section 5.3).
    expect(codeAt(RFC_SECRET, Math.floor(second / STEP))).toBe(digits.slice(2));
  });

  it("is what RFC 4226 appendix D says for the first ten counters", () => {
    const codes = "755224 287082 359152 969429 338314 254676 287922 162583 399871 520489".split(
      " ",
    );
    expect(codes.map((_, counter) => codeAt(RFC_SECRET, counter))).toEqual(codes);
  });
});

const oathtool = spawnSync("oathtool", ["--version"]).status === 0;
if (!oathtool) {
  console.warn("SKIPPED: oathtool is not installed, so no other program judges our codes.");
}

describe.skipIf(!oathtool)("judged by oathtool", () => {
  it("has the same code for any secret at any time", () => {
    for (let round = 0; round < 50; round++) {
      const secret = secretText(randomBytes(SECRET_BYTES));
      const second = randomBytes(4).readUInt32BE();
      const theirs = execFileSync("oathtool", [
        ...["--totp", "--base32", `--now=@${second}`, secret],
      ]);
      expect(codeAt(secret, Math.floor(second / STEP))).toBe(String(theirs).trim());
    }
  });
});

describe("R104 a typed code", () => {
  const NOW = 59_000_000;

  it.each([-1, 0, 1])("is good with a clock that is %i steps off", (off) => {
    expect(stepOf(codeAt(SECRET, NOW + off), SECRET, NOW)).toBe(NOW + off);
  });

  it.each([-3, -2, 2, 3])("is wrong with a clock that is %i steps off", (off) => {
    expect(stepOf(codeAt(SECRET, NOW + off), SECRET, NOW)).toBe(null);
  });

  it("may have spaces and dashes", () => {
    const [a, b] = [codeAt(SECRET, NOW).slice(0, 3), codeAt(SECRET, NOW).slice(3)];
    for (const typed of [`${a} ${b}`, `${a}-${b}`, ` ${a}\u00a0${b}\n`]) {
      expect(stepOf(typed, SECRET, NOW)).toBe(NOW);
    }
  });

  it("is wrong, and nothing worse, whatever is typed", () => {
    const right = codeAt(SECRET, NOW);
    const fullWidth = [...right]
      .map((digit) => String.fromCodePoint(0xff10 + Number(digit)))
      .join("");
    const junk = ["", "abc", right.slice(1), `${right}0`, `+${right}`, `0x${right}`, fullWidth];
    for (const typed of [...junk, "٠١٢٣٤٥", "\u0000", "9".repeat(70_000), "1e5", "-00000", "NaN"]) {
      expect(stepOf(typed, SECRET, NOW)).toBe(null);
    }
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (typed) => {
        const found = stepOf(typed, SECRET, NOW);
        return found === null || typeof found === "number";
      }),
    );
  });
});

describe("R101 a secret", () => {
  it("has 160 bits, as 32 letters and digits", () => {
    expect(secretText(randomBytes(SECRET_BYTES))).toMatch(/^[A-Z2-7]{32}$/);
  });

  it("is what an authenticator app reads in the URI, with who and where", () => {
    const url = new URL(enrolmentUri(SECRET, "Ada & Co: shop", "ada+1@example.com"));
    expect([url.protocol, url.host]).toEqual(["otpauth:", "totp"]);
    expect(decodeURIComponent(url.pathname)).toBe("/Ada & Co  shop:ada+1@example.com");
    expect(Object.fromEntries(url.searchParams)).toEqual({
      ...{ secret: SECRET, issuer: "Ada & Co  shop" },
    });
  });
});
