import { describe, expect, it } from "vitest";
import { readStoredHash } from "./stored-hash.ts";

const argon2id = (parameters: string) =>
  `$argon2id$v=19$${parameters}$${"A".repeat(22)}$${"A".repeat(43)}`;
const bcrypt = (cost: string) => `$2b$${cost}$${"C".repeat(53)}`;
const scrypt = (parameters: string) => `$scrypt$${parameters}$${"A".repeat(22)}$${"A".repeat(43)}`;

describe("reading a stored hash", () => {
  it.each([
    argon2id("m=19456,t=2,p=1"),
    argon2id("m=65536,t=3,p=4"),
    argon2id("m=1048576,t=1,p=16"),
    bcrypt("04"),
    bcrypt("14"),
    scrypt("ln=17,r=8,p=1"),
    scrypt("ln=17,r=8,p=2"),
    scrypt("n=131072,r=8,p=1"),
  ])("R1 takes %s", (stored) => {
    expect(readStoredHash(stored)).not.toBeNull();
  });

  it.each([
    argon2id("m=1048577,t=1,p=1"),
    argon2id("m=524289,t=2,p=1"),
    argon2id("m=19456,t=2,p=17"),
    argon2id("m=19456,t=0,p=1"),
    argon2id("m=7,t=2,p=1"),
    bcrypt("03"),
    bcrypt("15"),
    bcrypt("5"),
    scrypt("ln=18,r=8,p=2"),
    scrypt("ln=17,r=8,p=3"),
    scrypt("ln=99,r=8,p=1"),
    scrypt("N=16383,r=8,p=1"),
    scrypt("N=1,r=8,p=1"),
    scrypt("ln=14,r=0,p=1"),
    scrypt("ln=14,r=8,p=0"),
    `${argon2id("m=19456,t=2,p=1")}\n`,
    ` ${bcrypt("10")}`,
  ])("R12 leaves %j alone: it is no hash, or checking it would cost too much", (stored) => {
    expect(readStoredHash(stored)).toBeNull();
  });
});
