import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { breachedCheck } from "./breached.ts";

// SHA-1 of "password" is 5BAA6 1E4C9B93F3F0682250B6CF8331B7EE68FD8.
const LISTED = "1E4C9B93F3F0682250B6CF8331B7EE68FD8";
const warnings: string[] = [];

beforeEach(() => {
  vi.spyOn(console, "warn").mockImplementation((...words) => warnings.push(words.join(" ")));
});
afterEach(() => {
  vi.restoreAllMocks();
  warnings.length = 0;
});

function answering(body: string, status = 200) {
  const requests: Request[] = [];
  const fetch = async (...args: Parameters<typeof globalThis.fetch>) => {
    requests.push(new Request(...args));
    return new Response(body, { status });
  };
  return { isBreached: breachedCheck({ fetch }), requests };
}

describe("the breached-password check", () => {
  it("R6 finds a password that is on the list, and no other", async () => {
    const body = `0018A45C4D1DEF81644B54AB7F969B88D65:3\r\n${LISTED}:52256179\r\n`;
    const { isBreached } = answering(body);
    expect(await isBreached("password")).toBe(true);
    expect(await isBreached("correct horse battery staple")).toBe(false);
    expect(warnings).toEqual([]);
  });

  it("R6 tells the list 5 of 40 hex digits, and asks for padding", async () => {
    const { isBreached, requests } = answering("");
    await isBreached("password");
    expect(requests.map(({ url }) => url)).toEqual(["https://api.pwnedpasswords.com/range/5BAA6"]);
    expect(requests[0]?.headers.get("add-padding")).toBe("true");
  });

  it("R6 takes no padding for a find", async () => {
    expect(await answering(`${LISTED}:0`).isBreached("password")).toBe(false);
  });

  it("R6 lets pass with one line of warning, without a secret, when the list cannot be asked", async () => {
    const fetch = () => Promise.reject(new TypeError("no route to /range/5BAA6 for password"));
    expect(await breachedCheck({ fetch })("password")).toBe(false);
    expect(await answering(LISTED, 503).isBreached("password")).toBe(false);
    const odd = () => Promise.reject("no route to /range/5BAA6 for password");
    expect(await breachedCheck({ fetch: odd })("password")).toBe(false);
    expect(warnings).toEqual([
      "auth: a new password was not checked against known breaches (TypeError).",
      "auth: a new password was not checked against known breaches (status 503).",
      "auth: a new password was not checked against known breaches (unknown error).",
    ]);
  });

  it("R6 waits for one second at most, even for a fetch that never ends", async () => {
    const asked = Date.now();
    const fetch = () => new Promise<Response>(() => {});
    expect(await breachedCheck({ fetch })("password")).toBe(false);
    expect(Date.now() - asked).toBeGreaterThan(900);
    expect(warnings.join()).toContain("(TimeoutError)");
  });

  it("R6 hands its second to the request, so that no connection outlives it", async () => {
    let given: AbortSignal | null | undefined;
    const fetch = (...[, init]: Parameters<typeof globalThis.fetch>) => {
      given = init?.signal;
      return new Promise<Response>(() => {});
    };
    expect(await breachedCheck({ fetch })("password")).toBe(false);
    expect(given?.aborted).toBe(true);
  });
});
