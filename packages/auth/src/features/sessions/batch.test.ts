import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { naturalBatch } from "./batch.ts";

/** Reads whose answers come when the test lets them. */
function slowReads() {
  const asked: string[][] = [];
  const gates: (() => void)[] = [];
  const gate = () => new Promise<void>((open) => gates.push(open));
  const read = naturalBatch<string>({
    async one(key) {
      asked.push([key]);
      await gate();
      if (key === "broken") throw new Error("the database is away");
      return key === "nobody" ? null : `value of ${key}`;
    },
    async many(keys) {
      asked.push(keys);
      await gate();
      if (keys.includes("broken")) throw new Error("the database is away");
      return new Map(keys.filter((key) => key !== "nobody").map((key) => [key, `value of ${key}`]));
    },
  });
  async function openAll() {
    while (gates.length > 0) {
      for (const open of gates.splice(0)) open();
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
  return { read, asked, openAll };
}

describe("reads that pile up", () => {
  it("go out at once while little is going on, and together after that", async () => {
    const { read, asked, openAll } = slowReads();
    const all = Promise.all(["a", "b", "c", "d", "c", "nobody"].map(read));
    await openAll();
    expect(await all).toEqual(
      ["a", "b", "c", "d", "c"].map((key) => `value of ${key}`).concat(null as never),
    );
    expect(asked).toEqual([["a"], ["b"], ["c", "d", "nobody"]]);
  });

  it("give every caller the value of its own key, however they interleave", async () => {
    const keys = fc.array(fc.constantFrom("a", "b", "c", "d", "nobody"), {
      minLength: 1,
      maxLength: 60,
    });
    await fc.assert(
      fc.asyncProperty(keys, fc.nat(5), async (names, pause) => {
        const { read, openAll } = slowReads();
        const answers: Promise<string | null>[] = [];
        for (const [index, name] of names.entries()) {
          answers.push(read(name));
          if (index % (pause + 1) === 0) await openAll();
        }
        await openAll();
        const expected = names.map((name) => (name === "nobody" ? null : `value of ${name}`));
        expect(await Promise.all(answers)).toEqual(expected);
      }),
      { numRuns: 50 },
    );
  });

  it("fail together with their statement and leave the next ones alone", async () => {
    const { read, openAll } = slowReads();
    const all = Promise.allSettled(["a", "b", "c", "broken"].map(read));
    await openAll();
    expect((await all).map(({ status }) => status)).toEqual([
      "fulfilled",
      "fulfilled",
      "rejected",
      "rejected",
    ]);
    const next = read("a");
    await openAll();
    expect(await next).toBe("value of a");
  });
});
