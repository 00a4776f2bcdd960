import { expect, it } from "vitest";
import { codeMatches } from "./code.ts";
import { keyRing } from "./keys.ts";
import { open } from "./seal.ts";
import { hashToken } from "./token.ts";

const keys = keyRing(["a secret that stays the same for good"]);

// Made once, by the first release. A change that breaks one of these logs everybody out or leaves mail unread: it needs
// a way over, and a line in the release notes.

it("a token that an earlier release gave out is known by the hash it stored", () => {
  const token = "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwe9vXK3";
  const stored = "S7Bvjk46dxXSAdVz0KpCN2LlXavWGiwCJ4-lbMbSlOA";
  expect(hashToken(keys.for("token"), "session", token)).toBe(stored);
});

it("a code that an earlier release mailed is known by the hash it stored", () => {
  const stored = "QGuL5vgdNVe-xn1yuY2tQJtRoaLRcIjcPCvvs5xDhpc";
  expect(codeMatches(keys.for("code"), "123 456", "ctx", stored)).toBe(true);
});

it("what an earlier release sealed opens, in every letter, by the name that its key had", () => {
  const stored = "ab4cda4d.eLRgrz2nKgZuqAzxaId8_9SoZ_GjcVV6JOOqElqcZiOraE2b68sGRg";
  expect(open(keys.for("seal"), stored, "here")).toBe("Grüße 🙂");
});
