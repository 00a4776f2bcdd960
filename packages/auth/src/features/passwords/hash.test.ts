import { execFile } from "node:child_process";
import { scryptSync } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { promisify } from "node:util";
import { hashSync as bcrypt } from "bcryptjs";
import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { checkPassword, hashParameters, hashPassword } from "./hash.ts";
import { HashQueueFull } from "./hash-queue.ts";

const PASSWORD = "  pass phrase ✓ 🙂🙂 ";
const MATCH = { matches: true, outdated: false };
const OLD_MATCH = { matches: true, outdated: true };
const NO = { matches: false, outdated: false };

// The threads yield to everything else, so on a busy machine a hash may take a while.
vi.setConfig({ testTimeout: 60_000 });

describe("hashing a password", () => {
  it("R1 stores Argon2id with the OWASP parameters as a PHC string, each with its own salt", async () => {
    const [one, two] = await Promise.all([hashPassword(PASSWORD), hashPassword(PASSWORD)]);
    expect(one).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[\w+/]{22}\$[\w+/]{43}$/);
    expect(one).not.toBe(two);
  });

  it("R1 may cost more where the app says so", async () => {
    expect(await hashPassword("x", { memoryKib: 32_768 })).toContain("$m=32768,t=2,p=1$");
    expect(await hashPassword("x", { passes: 3 })).toContain("$m=19456,t=3,p=1$");
  });

  it.each([
    { memoryKib: 19_455 },
    { passes: 1 },
    { memoryKib: 20_000.5 },
    { passes: Number.NaN },
    { memoryKib: 1_048_576, passes: 2 },
  ])("R1 tells the app that $memoryKib KiB and $passes passes cannot be", (parameters) => {
    const told = expect.objectContaining({ code: "ERR_AUTH_CONFIG_INVALID" });
    expect(() => hashParameters(parameters)).toThrow(told);
  });
});

describe("checking a password", () => {
  it("R1 knows the password and calls the hash current", async () => {
    const stored = await hashPassword(PASSWORD);
    expect(await checkPassword(stored, PASSWORD)).toEqual(MATCH);
    expect(await checkPassword(stored, PASSWORD.trim())).toMatchObject({ matches: false });
  });

  it("R1 asks for a new hash when the parameters have changed", async () => {
    const stored = await hashPassword(PASSWORD, { passes: 3 });
    expect(await checkPassword(stored, PASSWORD, { passes: 3 })).toEqual(MATCH);
    expect(await checkPassword(stored, PASSWORD)).toEqual(OLD_MATCH);
  });

  it("R3 counts the 73rd byte", async () => {
    const stored = await hashPassword(`${"x".repeat(72)}a`);
    expect(await checkPassword(stored, `${"x".repeat(72)}b`)).toMatchObject({ matches: false });
  });

  it("R2 never matches a password that is longer than any stored one", async () => {
    const long = "x".repeat(513);
    const stored = await hashPassword(long);
    expect(await checkPassword(stored, long)).toEqual(NO);
    expect(await checkPassword(stored, "x".repeat(1_048_576))).toEqual(NO);
  });
});

describe("hashes of other systems", () => {
  const fixed = [
    ["bcrypt $2a$", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", "U*U"],
    ["bcrypt $2b$", "$2b$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", "U*U"],
    ["bcrypt $2y$", "$2y$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", "U*U"],
    [
      "scrypt as passlib documents it",
      "$scrypt$ln=16,r=8,p=1$aM15713r3Xsvxbi31lqr1Q$nFNh2CVHVjNldFVKDHDlm4CbdRSCdEBsjjJxD+iCs5E",
      "password",
    ],
    [
      "scrypt of RFC 7914 section 12",
      "$scrypt$ln=14,r=8,p=1$U29kaXVtQ2hsb3JpZGU$" +
        "cCO9yzr9c0hGHAbNgf046/2o+7qQT44+qbVD9lRdofLVQylVYT8Pz2LUlwUkKpr55h6F3A1lHkDfzwF7RVdYhw",
      "pleaseletmein",
    ],
    [
      "scrypt with N spelled out",
      "$scrypt$N=16384,r=8,p=1$U29kaXVtQ2hsb3JpZGU$" +
        "cCO9yzr9c0hGHAbNgf046/2o+7qQT44+qbVD9lRdofLVQylVYT8Pz2LUlwUkKpr55h6F3A1lHkDfzwF7RVdYhw==",
      "pleaseletmein",
    ],
  ] as const;

  it.each(fixed)(
    "R1 %s lets its owner in once and asks for a new hash",
    async (_, stored, password) => {
      expect(await checkPassword(stored, password)).toEqual(OLD_MATCH);
      expect(await checkPassword(stored, `${password}x`)).toMatchObject({ matches: false });
    },
  );

  it("R1 freshly made bcrypt and scrypt hashes match as well", async () => {
    const salt = Buffer.from("sixteen bytes ok");
    const key = scryptSync(PASSWORD, salt, 32, { N: 1024, r: 8, p: 2 });
    const [salt64, key64] = [salt, key].map((b) => b.toString("base64").replaceAll("=", ""));
    const stored = [bcrypt(PASSWORD, 4), `$scrypt$ln=10,r=8,p=2$${salt64}$${key64}`];
    for (const hash of stored) expect(await checkPassword(hash, PASSWORD)).toEqual(OLD_MATCH);
  });

  it("R3 bcrypt has seen 72 bytes of a password, Argon2id sees all from the upgrade on", async () => {
    const [chosen, sameStart] = [`${"é".repeat(36)}a`, `${"é".repeat(36)}b`];
    expect(await checkPassword(bcrypt(chosen, 4), sameStart)).toEqual(OLD_MATCH);
    expect(await checkPassword(await hashPassword(chosen), sameStart)).toEqual(NO);
  });
});

describe("with nothing to compare", () => {
  const odd = [
    ["a user without a password", null],
    ["an empty hash", ""],
    ["plain text", PASSWORD],
    ["a cut hash", "$argon2id$v=19$m=19456,t=2,p=1$OLVOnpOqkJSElq5NptZexw$kOTReZlBm1"],
    [
      "a salt that is no base64",
      `$argon2id$v=19$m=19456,t=2,p=1$${"A".repeat(21)}B$${"A".repeat(43)}`,
    ],
    [
      "an Argon2 of another kind",
      `$argon2i$v=19$m=19456,t=2,p=1$${"A".repeat(22)}$${"A".repeat(43)}`,
    ],
    [
      "terabytes of Argon2id",
      `$argon2id$v=19$m=9999999,t=999,p=1$${"A".repeat(22)}$${"A".repeat(43)}`,
    ],
    ["an hour of bcrypt", `$2b$31$${"C".repeat(53)}`],
    ["gigabytes of scrypt", "$scrypt$ln=30,r=8,p=1$U29kaXVtQ2hsb3JpZGU$cCO9yzr9c0hGHAbNgf0460"],
  ] as const;

  it.each(odd)("%s is a wrong password, no error", async (_, stored) => {
    expect(await checkPassword(stored, PASSWORD)).toEqual(NO);
  });

  it("the decoy itself is nobody's password", async () => {
    expect(await checkPassword(null, "")).toEqual(NO);
  });

  it("no stored text and no password makes it throw", async () => {
    const part = fc.constantFrom(
      "$",
      "argon2id",
      "scrypt",
      "2b",
      "v=19",
      "m=8,t=1,p=1",
      "ln=4,r=8,p=1",
      "10",
      "A",
    );
    const stored = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.array(part).map((parts) => parts.join("")),
    );
    const check = async (hash: string, password: string) => {
      expect((await checkPassword(hash, password)).matches).toBe(false);
    };
    await fc.assert(fc.asyncProperty(stored, fc.string({ unit: "binary" }), check), {
      numRuns: 40,
    });
  });
});

describe("a storm of logins", () => {
  const canRun = Math.max(2, availableParallelism() - 1) + 64;

  function storm(hashes: number) {
    return Array.from({ length: hashes }, () => hashPassword("storm"));
  }

  it("R12 turns away what cannot be hashed soon, whoever asks, and says when to come back", async () => {
    const admitted = storm(canRun);
    const beyond = await Promise.allSettled([
      hashPassword("one more"),
      checkPassword(null, "nobody's password costs a place in the queue too"),
      checkPassword("odd", "and so does an odd hash"),
    ]);
    for (const { status, ...rest } of beyond) {
      expect(status).toBe("rejected");
      expect((rest as PromiseRejectedResult).reason).toBeInstanceOf(HashQueueFull);
      expect((rest as PromiseRejectedResult).reason).toMatchObject({ retryAfterSeconds: 2 });
    }
    await Promise.allSettled(admitted);
    expect(await hashPassword("after the storm")).toContain("$argon2id$");
  });

  it("R12 leaves files, and all else in libuv's pool, ahead of the waiting hashes", async () => {
    let ended = 0;
    const hashes = storm(canRun).map((hash) => hash.finally(() => (ended += 1)).catch(() => null));
    await Promise.all(Array.from({ length: 8 }, () => readFile(import.meta.filename)));
    expect(ended).toBeLessThan(canRun / 2);
    await Promise.all(hashes);
  });

  it.runIf(process.platform === "linux")(
    "R12 hashes on threads that yield to all others",
    async () => {
      await hashPassword("x");
      const niceness = readdirSync("/proc/self/task").map((thread) => {
        const afterName = readFileSync(`/proc/self/task/${thread}/stat`, "utf8").split(") ")[1];
        return afterName?.split(" ")[16];
      });
      expect(niceness).toContain("10");
      expect(niceness).toContain("0");
    },
  );
});

it("lets a program end by itself after its last hash, and not before", async () => {
  const program = `
    import { hashPassword } from ${JSON.stringify(new URL("./hash.ts", import.meta.url))};
    await hashPassword("x");
    console.log(await hashPassword("x"));
  `;
  const args = ["--input-type=module", "--eval", program];
  const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 50_000 });
  expect(stdout).toMatch(/^\$argon2id\$/);
});
