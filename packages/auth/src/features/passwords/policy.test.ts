import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { commonPasswords } from "./common-passwords.ts";
import { isTooLong, normalizePassword, refusePassword } from "./policy.ts";

/** `length` characters that follow no pattern. */
function free(length: number): string {
  const signs = "q7Vz!mT2;xKd9&wRj4)bLs5=gYp8-hCn3,uXf6*vZk(aW1:tJe0?rMi/oBy%DlGcQ";
  return Array.from({ length }, (_, i) => signs[(i * 29 + (i >> 6) * 13) % signs.length]).join("");
}

describe("the length of a new password", () => {
  it.each([
    [14, "password_too_short"],
    [15, null],
    [128, null],
    [129, "password_too_long"],
  ])("R2 %i characters: %s", async (length, answer) => {
    expect(await refusePassword(free(length))).toBe(answer);
  });

  it("R2 the app may ask for less or for more", async () => {
    expect(await refusePassword(free(8), { minLength: 8 })).toBeNull();
    expect(await refusePassword(free(7), { minLength: 8 })).toBe("password_too_short");
    expect(await refusePassword(free(19), { minLength: 20 })).toBe("password_too_short");
    const phrase = "summer dragon master orange football";
    expect(await refusePassword(phrase, { minLength: 30 })).toBeNull();
  });

  it("R2 512 bytes at most, whatever the characters", async () => {
    const animals = [..."🦊🐙🦄🐝🦋🐳🦉🐢"];
    const emoji = free(128).replace(/./g, (sign) => animals[sign.charCodeAt(0) % 8] ?? "");
    expect(Buffer.byteLength(emoji)).toBe(512);
    expect(isTooLong(emoji)).toBe(false);
    expect(isTooLong(`${emoji}x`)).toBe(true);
  });

  it("R4 is counted in code points, after normalising", async () => {
    expect(await refusePassword("🦊🐙🦄🐝🦋🌵🍄🌈🔥🍉🎲🎸🚀🧭")).toBe("password_too_short");
    expect(await refusePassword("🦊🐙🦄🐝🦋🌵🍄🌈🔥🍉🎲🎸🚀🧭🔑")).toBeNull();
    expect(await refusePassword(`${free(13)}e\u0301`)).toBe("password_too_short");
    expect(await refusePassword(`${free(14)}e\u0301`)).toBeNull();
    const decomposed = "\u1f82".normalize("NFD").repeat(128);
    expect(isTooLong(normalizePassword(decomposed))).toBe(false);
  });

  it("R2 refuses a megabyte unread, where normalising accents alone would take minutes", async () => {
    expect(await refusePassword("x".repeat(1_048_576))).toBe("password_too_long");
    const accents = `a${"\u0301\u0316".repeat(65_536)}`;
    expect(await refusePassword(accents)).toBe("password_too_long");
    expect(normalizePassword(accents)).toBe(accents);
  });
});

describe("what a password may be written with", () => {
  it("R3 spaces around it, spaces alone between, any script, any kind of character", async () => {
    const taken = ["  pass phrase ✓ 🙂🙂 ", "nur kleine buchstaben hier", "дом кошка дерево река"];
    for (const password of taken) expect(await refusePassword(password)).toBeNull();
    expect(normalizePassword("  two  spaces ")).toBe("  two  spaces ");
  });

  it("R4 one password however the keyboard composes it", () => {
    expect(normalizePassword("cafe\u0301 ﬁlm Ⅷ ｗｉｄｅ")).toBe(
      normalizePassword("café film VIII wide"),
    );
  });

  it.each([
    ["a lone high surrogate", "\ud800"],
    ["a lone low surrogate", "\udc00"],
    ["the replacement character", "\ufffd"],
    ["NUL", "\0"],
  ])("R5 not with %s", async (_, sign) => {
    expect(await refusePassword(`${free(10)}${sign}${free(10)}`)).toBe("password_invalid");
  });
});

describe("passwords that are guessed first", () => {
  it("R6 knows more than 10,000 common passwords", async () => {
    expect((await commonPasswords()).size).toBeGreaterThan(10_000);
    expect(await refusePassword("polniypizdec0211")).toBe("password_common");
    expect(await refusePassword("Mailcreated5240")).toBe("password_common");
    expect(await refusePassword("dragon", { minLength: 6 })).toBe("password_common");
  });

  it.each([
    "passwordpassword1",
    "P@ssw0rd12345678!",
    "Football2024!!!!",
    "iloveyou-iloveyou",
    "p-a-s-s-w-o-r-d-1",
    "MonkeyDragonMonkey",
    "sunshine12345678",
    "!!!letmein!!!letmein!!!",
    "superman19851985",
    "123456789dragon123",
    "ＰＡＳＳＷＯＲＤpassword1",
  ])("R6 %s is a common password made longer", async (password) => {
    expect(await refusePassword(password)).toBe("password_common");
  });

  it.each([
    "aaaaaaaaaaaaaaa",
    "123456789012345",
    "987654321098765",
    "111222333444555",
    "1122334455667788",
    "monkeymonkeymonkey",
    "qwertyuiopasdfgh",
    "QWERTZUIOPasdfgh",
    "1qaz2wsx3edc4rfv",
    "абвгдежзийклмноп",
    "あああああああああああああああ",
    "🙂🙂🙂🙂🙂🙂🙂🙂🙂🙂🙂🙂🙂🙂🙂",
    "x7kx7kx7kx7kx7kx7k",
    "Q9w!Q9w!Q9w!Q9w!",
    "2019202020212022",
    "               ",
  ])("R6 %s follows a pattern", async (password) => {
    expect(await refusePassword(password)).toBe("password_guessable");
  });

  const words = ["Acme Notes", "jane.doeringer", "example-mail.com"];

  it.each([
    "AcmeNotes-2026!!",
    "janedoeringer1234",
    "Jane.Doeringer@Example-Mail.com",
    "acme acme notes 1",
    "N0tesN0tesAcme99",
  ])("R6 %s is made of the app's and the visitor's names", async (password) => {
    expect(await refusePassword(password, { words })).toBe("password_guessable");
  });

  it("R6 a name is fine within a password that has enough else", async () => {
    expect(await refusePassword("acme keeps my herring warm", { words })).toBeNull();
    expect(await refusePassword(`acme${free(15)}`, { words })).toBeNull();
    expect(
      await refusePassword("ann reads with sam at ten", { words: ["Ann", "sam", "@.-"] }),
    ).toBeNull();
  });

  it.each([
    "correct horse battery staple",
    "correcthorsebatterystaple",
    "summer dragon master",
    "summerdragonmaster",
    "orange-banana-coffee",
    "dumpling pelican harbor",
    "monkey.football.princess.shadow",
    "Tr0ub4dor and three friends",
    "we all live in a yellow submarine",
    "the cat the hat the mat",
    "lake 1987 thunder mountain",
    "vier kleine Igel essen Äpfel",
    "le chat qui dort près du feu",
    "я люблю зелёный чай с мёдом",
    "我喜欢吃苹果和香蕉还有葡萄西瓜吧",
    "むかしむかしあるところにおじいさんが",
    "사과나무아래에서책을읽는고양이한마리",
    "القط ينام بجانب النار",
    "नदी के किनारे पुराना पेड़",
    "kX9!vQz2#mLp7&w",
    "550e8400-e29b-41d4-a716-446655440000",
    "tobe-ornottobe-thatis-thequestion",
  ])("R6 lets %s pass: nobody guesses it soon", async (password) => {
    expect(await refusePassword(password, { words })).toBeNull();
  });
});

it("answers whatever it is given", async () => {
  const text = fc.oneof(
    fc.string({ unit: "binary", maxLength: 200 }),
    fc
      .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 200 })
      .map((units) => String.fromCharCode(...units)),
  );
  const answers = [null, "password_too_short", "password_too_long", "password_invalid"];
  await fc.assert(
    fc.asyncProperty(text, fc.array(text, { maxLength: 4 }), async (raw, words) => {
      const answer = await refusePassword(raw, { words });
      expect([...answers, "password_guessable", "password_common"]).toContain(answer);
    }),
    { numRuns: 200 },
  );
});
