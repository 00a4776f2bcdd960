import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { keyRing } from "./keys.ts";
import { open, seal } from "./seal.ts";

const OLD = "an old secret of more than enough bytes";
const NEW = "a new secret of more than enough bytes!";
const keys = keyRing([OLD]).for("seal");

/** The sealed text with its bytes changed, its key id left alone. */
function altered(sealed: string, change: (bytes: Buffer) => Buffer): string {
  const [id, body = ""] = sealed.split(".");
  return `${id}.${change(Buffer.from(body, "base64url")).toString("base64url")}`;
}

describe("sealed text", () => {
  it("R102 opens again with the same context, whatever it says", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.string({ unit: "binary" }), (text, context) => {
        return open(keys, seal(keys, text, context), context) === text;
      }),
    );
  });

  it("R102 stays shut in any other context: a row moved to another user is worthless", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.string(), (text, context, other) => {
        fc.pre(context !== other);
        return open(keys, seal(keys, text, context), other) === null;
      }),
    );
  });

  it("R102 stays shut with any one bit changed: nonce, text or tag", () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), fc.nat(), (text, where) => {
        const changed = altered(seal(keys, text, "c"), (bytes) => {
          const bit = where % (bytes.length * 8);
          bytes[bit >> 3] = (bytes[bit >> 3] as number) ^ (1 << (bit & 7));
          return bytes;
        });
        return open(keys, changed, "c") === null;
      }),
    );
  });

  it("stays shut when it was cut off anywhere, or something was added", () => {
    const sealed = seal(keys, "some text", "c");
    for (let length = 0; length < sealed.length; length++) {
      expect(open(keys, sealed.slice(0, length), "c")).toBeNull();
    }
    expect(
      open(
        keys,
        altered(sealed, (bytes) => Buffer.concat([bytes, Buffer.of(0)])),
        "c",
      ),
    ).toBeNull();
    expect(
      open(
        keys,
        altered(sealed, (bytes) => Buffer.concat([Buffer.of(0), bytes])),
        "c",
      ),
    ).toBeNull();
  });

  it("is never the same twice and shows nothing of the text", () => {
    const text = "the same text each time";
    const sealed = Array.from({ length: 200 }, () => seal(keys, text, "c"));
    expect(new Set(sealed).size).toBe(200);
    for (const one of sealed) {
      expect(Buffer.from(one.split(".")[1] as string, "base64url").includes("same")).toBe(false);
    }
  });

  it("opens after the secret was turned over, and new text is sealed with the new one", () => {
    const before = seal(keys, "text", "c");
    const turning = keyRing([NEW, OLD]).for("seal");
    const done = keyRing([NEW]).for("seal");
    expect(open(turning, before, "c")).toBe("text");
    expect(open(done, before, "c")).toBeNull();
    expect(open(done, seal(turning, "text", "c"), "c")).toBe("text");
  });

  it("stays shut under another key of the same name, and under a key for another purpose", () => {
    const sealed = seal(keys, "text", "c");
    const [{ id }] = keys;
    const [{ key }] = keyRing([NEW]).for("seal");
    expect(open([{ id, key }], sealed, "c")).toBeNull();
    expect(open(keyRing([OLD]).for("token"), sealed, "c")).toBeNull();
  });

  it("junk is shut, and never an error", () => {
    const [{ id }] = keys;
    const almost = fc.base64String().map((text) => `${id}.${text}`);
    fc.assert(fc.property(fc.oneof(fc.string(), almost), (junk) => open(keys, junk, "c") === null));
  });
});
