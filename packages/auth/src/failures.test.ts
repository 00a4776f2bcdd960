import { inspect } from "node:util";
import { DrizzleQueryError } from "drizzle-orm";
import { describe, expect, it } from "vitest";
import {
  DeadlineExceeded,
  isUnavailable,
  lostARace,
  withDeadline,
  withoutValues,
} from "./failures.ts";

const coded = (code: string, options?: ErrorOptions) =>
  Object.assign(new Error("something", options), { code });

/** As drizzle wraps what its driver throws. */
const wrapped = (cause: unknown) => new Error("Failed query: select 1", { cause });

describe("R171 a database that is away or cannot answer in time", () => {
  it.each([
    ...["08000", "08001", "08003", "08006", "08P01", "53000", "53100", "53200", "53300", "53400"],
    ...["57000", "57014", "57P01", "57P02", "57P03", "57P04", "57P05", "25006"],
    ...["ECONNREFUSED", "ECONNRESET", "ECONNABORTED", "EPIPE", "ETIMEDOUT", "ENOTFOUND"],
    ...["EAI_AGAIN", "EHOSTUNREACH", "CONNECT_TIMEOUT", "CONNECTION_CLOSED"],
    ...["CONNECTION_ENDED", "CONNECTION_DESTROYED"],
  ])("is known by the code %s, also below drizzle's own error", (code) => {
    expect(isUnavailable(coded(code))).toBe(true);
    expect(isUnavailable(wrapped(coded(code)))).toBe(true);
  });

  it.each([
    "Connection terminated",
    "Connection terminated unexpectedly",
    "Connection terminated due to connection timeout",
    "timeout exceeded when trying to connect",
    "Query read timeout",
    "Client has encountered a connection error and is not queryable",
    "Client was closed and is not queryable",
    "PGlite is closed",
    "PGlite is closing",
  ])("is known where a driver gives no code: %s", (message) => {
    expect(isUnavailable(wrapped(new Error(message)))).toBe(true);
  });

  it.each(["40001", "40P01", "55P03"])(
    "R182 is also one in which every try lost its race: %s",
    (code) => {
      expect(isUnavailable(wrapped(coded(code)))).toBe(true);
    },
  );

  it("is found among several addresses that were all tried, and at the end of a chain", () => {
    const several = new AggregateError(
      [coded("ECONNREFUSED"), coded("ECONNREFUSED")],
      "all failed",
    );
    expect(isUnavailable(several)).toBe(true);
    expect(isUnavailable(wrapped(several))).toBe(true);
    expect(isUnavailable(wrapped(wrapped(wrapped(coded("57P01")))))).toBe(true);
  });

  it.each([
    ...["23505", "42P01", "42703", "22P02", "28P01", "3D000", "P0001", "0A000"],
    ...["ENOENT", "ERR_AUTH_CONFIG_INVALID", "ERR_INVALID_ARG_TYPE", "5700", "570140", ""],
  ])("is not the fault of the code %j: that is a bug, and stays one", (code) => {
    expect(isUnavailable(wrapped(coded(code)))).toBe(false);
  });

  it.each([[null], [undefined], ["57P01"], [{ code: "57P01" }], [57], [new Error("57P01")]])(
    "is not %j",
    (thrown) => {
      expect([isUnavailable(thrown), lostARace(thrown)]).toEqual([false, false]);
    },
  );

  it("a chain that bites its tail is followed once", () => {
    const loop = new Error("loop");
    loop.cause = wrapped(loop);
    expect(isUnavailable(loop)).toBe(false);
  });
});

describe("R182 a transaction that may simply be repeated", () => {
  it.each([
    ["40001", true],
    ["40P01", true],
    ["55P03", true],
    ["40002", false],
    ["23505", false],
    ["57014", false],
  ])("%s: %s", (code, answer) => {
    expect([lostARace(coded(code)), lostARace(wrapped(coded(code)))]).toEqual([answer, answer]);
  });
});

describe("a deadline", () => {
  it("lets work through that is in time, and its failure too", async () => {
    expect(await withDeadline(Promise.resolve("done"), 1)).toBe("done");
    await expect(withDeadline(Promise.reject(coded("42P01")), 1)).rejects.toMatchObject({
      code: "42P01",
    });
  });

  it("R171 ends the wait and not before, and a failure that comes later bothers nobody", async () => {
    let fail: (error: Error) => void = () => {};
    const work = new Promise<never>((_, reject) => {
      fail = reject;
    });
    const started = performance.now();
    await expect(withDeadline(work, 0.05)).rejects.toBeInstanceOf(DeadlineExceeded);
    expect(performance.now() - started).toBeGreaterThan(45);
    fail(new Error("too late"));
    expect(isUnavailable(new DeadlineExceeded())).toBe(true);
  });
});

describe("R60 R160 what a failed query leaves for the log", () => {
  const thrown = (cause?: Error) => new DrizzleQueryError("insert …", ["SECRET"], cause);

  it("names the fault and the place, and quotes no value of the row", () => {
    const cause = Object.assign(new Error('null value in column "color" violates not-null'), {
      ...{ code: "23502", severity: "ERROR", table: "users", column_name: "color" },
      ...{ detail: "Failing row contains (SECRET).", where: "SECRET", hint: "SECRET" },
      ...{ query: "insert … SECRET", params: ["SECRET"], parameters: ["SECRET"], args: ["SECRET"] },
    });
    const error = withoutValues(thrown(cause));
    expect(inspect(error, { showHidden: true })).not.toContain("SECRET");
    expect(error).toMatchObject({
      ...{ code: "23502", severity: "ERROR", table: "users", column_name: "color" },
      ...{ message: cause.message, stack: cause.stack },
    });
    expect(error).toBeInstanceOf(Error);
  });

  it("is something also when nothing is known", () => {
    expect(inspect(withoutValues(thrown()))).not.toContain("SECRET");
  });

  it("is any other error as it came", () => {
    for (const other of [new TypeError("bug"), "text", null])
      expect(withoutValues(other)).toBe(other);
  });
});
