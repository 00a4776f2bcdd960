import { createHmac } from "node:crypto";
import { describe, expect, it } from "vitest";
import { type Key, type KeyPurpose, keyRing } from "./keys.ts";

const OLD = "an old secret of more than enough bytes";
const NEW = "a new secret of more than enough bytes!";
const PURPOSES: KeyPurpose[] = ["token", "code", "rate-limit", "seal"];

const bytesOf = ({ key }: Key) => key.export().toString("hex");

/** RFC 5869 sections 2.2 and 2.3, for up to 32 bytes. */
function hkdf(secret: Buffer, salt: Buffer, info: Buffer): Buffer {
  const pseudoRandomKey = createHmac("sha256", salt).update(secret).digest();
  return createHmac("sha256", pseudoRandomKey).update(info).update(Buffer.of(1)).digest();
}

describe("the keys of the house", () => {
  it("the check below is HKDF: RFC 5869 appendix A.1, first 32 bytes", () => {
    const [secret, salt, info] = [
      "0b".repeat(22),
      "000102030405060708090a0b0c",
      "f0f1f2f3f4f5f6f7f8f9",
    ];
    const derived = hkdf(
      ...([secret, salt, info].map((hex) => Buffer.from(hex, "hex")) as [Buffer, Buffer, Buffer]),
    );
    expect(derived.toString("hex")).toBe(
      "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf",
    );
  });

  it.each(PURPOSES)(
    "R166 derives the key for %s by HKDF-SHA-256 with the purpose as info",
    (purpose) => {
      const expected = hkdf(Buffer.from(OLD), Buffer.from("auth-rr"), Buffer.from(purpose));
      expect(bytesOf(keyRing([OLD]).for(purpose)[0])).toBe(expected.toString("hex"));
    },
  );

  it("R166 has another key for each purpose, and none that equals the secret or its name", () => {
    const keys = PURPOSES.map((purpose) => keyRing([OLD]).for(purpose)[0]);
    const texts = [
      ...keys.map(bytesOf),
      Buffer.from(OLD).toString("hex"),
      ...keys.map(({ id }) => id),
    ];
    expect(new Set(keys.map(bytesOf)).size).toBe(PURPOSES.length);
    for (const { id } of keys)
      expect(texts.filter((text) => text.startsWith(id))).toEqual(texts.slice(-4));
  });

  it("uses the newest secret first and still knows the older ones", () => {
    const [first, second] = keyRing([NEW, OLD]).for("seal");
    expect(bytesOf(first)).toBe(bytesOf(keyRing([NEW]).for("seal")[0]));
    expect(bytesOf(second as Key)).toBe(bytesOf(keyRing([OLD]).for("seal")[0]));
    expect(first.id).not.toBe(second?.id);
  });

  it("names a key alike on every node and for every order of secrets", () => {
    const [id] = keyRing([OLD])
      .for("seal")
      .map((key) => key.id);
    expect(keyRing([NEW, OLD]).for("seal")[1]?.id).toBe(id);
    expect(id).toMatch(/^[0-9a-f]{8}$/);
  });

  it("derives once: asked again, it gives the very same keys", () => {
    const ring = keyRing([OLD]);
    expect(ring.for("token")).toBe(ring.for("token"));
  });
});
