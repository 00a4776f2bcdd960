import { describe, expect, it } from "vitest";
import { keyRing } from "./keys.ts";
import { unwrap, wrap } from "./wrap.ts";

const OLD = "an old secret of quite enough bytes: 1";
const NEW = "a fresh secret of quite enough bytes: 2";
const NEWER = "the freshest secret of enough bytes: 3";

const ring = (...secrets: [string, ...string[]]) => keyRing(secrets).for("factor");
const CONTEXT = "totp\0ada";

describe("a wrapped secret", () => {
  it("opens in its own context alone", () => {
    const wrapped = wrap(ring(NEW), "JBSWY3DP", CONTEXT);
    expect(unwrap(ring(NEW), wrapped, CONTEXT)).toEqual({ text: "JBSWY3DP", rewrapped: null });
    expect(unwrap(ring(NEW), wrapped, "totp\0bob")).toBe(null);
    expect(unwrap(ring(NEW), wrapped, "backup-codes\0ada")).toBe(null);
  });

  it("stays shut without its key, or with a bit changed", () => {
    const wrapped = wrap(ring(NEW), "JBSWY3DP", CONTEXT);
    expect(unwrap(ring(OLD), wrapped, CONTEXT)).toBe(null);
    const at = wrapped.length - 3;
    const other = wrapped[at] === "A" ? "B" : "A";
    const altered = wrapped.slice(0, at) + other + wrapped.slice(at + 1);
    expect(unwrap(ring(NEW), altered, CONTEXT)).toBe(null);
    for (const junk of ["", " ", ".", "a.b", "a.b c.d"])
      expect(unwrap(ring(NEW), junk, CONTEXT)).toBe(null);
  });

  it("opens on old and new nodes while a secret rolls out, whoever wrote last", () => {
    let stored = wrap(ring(OLD), "JBSWY3DP", CONTEXT);
    const use = (keys: ReturnType<typeof ring>) => {
      const opened = unwrap(keys, stored, CONTEXT);
      expect(opened?.text).toBe("JBSWY3DP");
      stored = opened?.rewrapped ?? stored;
      return opened?.rewrapped !== null;
    };
    const [old, both, fresh] = [ring(OLD), ring(NEW, OLD), ring(NEW)];
    expect([use(old), use(both), use(both), use(old), use(both)]).toEqual([
      ...[false, true, false, false, false],
    ]);
    expect([use(fresh), use(fresh)]).toEqual([true, false]);
    expect(unwrap(old, stored, CONTEXT)).toBe(null);
    expect([use(ring(NEWER, NEW)), use(fresh)]).toEqual([true, false]);
  });

  it("names the newest key first", () => {
    const [newest] = ring(NEW, OLD);
    expect(wrap(ring(NEW, OLD), "JBSWY3DP", CONTEXT).startsWith(`${newest.id}.`)).toBe(true);
  });
});
