import { describe, expect, it } from "vitest";
import { isUnsafe, sameOriginProof } from "./same-origin.ts";

const ORIGIN = "https://app.example";

function proves(headers: Record<string, string>, url = `${ORIGIN}/logout`) {
  return sameOriginProof(new Request(url, { method: "POST", headers }), ORIGIN);
}

describe("the same-origin proof", () => {
  it.each([
    { "sec-fetch-site": "same-origin" },
    { "sec-fetch-site": "same-origin", origin: ORIGIN },
    { origin: ORIGIN },
  ])("R69 accepts a form of our own: %j", (headers) => {
    expect(proves(headers)).toBe(true);
  });

  it("R69 accepts a form on a page with Referrer-Policy: no-referrer, whose Origin is null", () => {
    expect(proves({ "sec-fetch-site": "same-origin", origin: "null" })).toBe(true);
  });

  it.each([
    { "sec-fetch-site": "cross-site" },
    { "sec-fetch-site": "cross-site", origin: ORIGIN },
    { "sec-fetch-site": "same-site", origin: ORIGIN },
    { "sec-fetch-site": "none", origin: ORIGIN },
    { "sec-fetch-site": "", origin: ORIGIN },
    { "sec-fetch-site": "Same-Origin" },
    { "sec-fetch-site": "same-origin, cross-site" },
    { origin: "https://evil.example" },
    { origin: "null" },
    { origin: "" },
    { origin: "http://app.example" },
    { origin: "https://app.example:8443" },
    { origin: "https://app.example/" },
    { origin: "https://APP.example" },
    { origin: "https://app.example.evil.example" },
    { origin: "https://sub.app.example" },
    { origin: `${ORIGIN}, https://evil.example` },
  ])("R69 R70 refuses %j", (headers) => {
    expect(proves(headers)).toBe(false);
  });

  it("R69 refuses a request that says nothing about where it comes from", () => {
    expect(proves({})).toBe(false);
    expect(proves({ referer: `${ORIGIN}/login` })).toBe(false);
  });

  it("R74 compares with the configured origin, never with the host the request claims", () => {
    const poisoned = {
      origin: "https://evil.example",
      host: "evil.example",
      "x-forwarded-host": "evil.example",
    };
    expect(proves(poisoned, "https://evil.example/logout")).toBe(false);
    expect(
      proves(
        { origin: ORIGIN, "x-forwarded-host": "evil.example" },
        "http://127.0.0.1:3000/logout",
      ),
    ).toBe(true);
  });

  it.each(["GET", "HEAD", "OPTIONS", "TRACE"])(
    "R71 asks no proof of %s, which changes nothing",
    (method) => {
      expect(isUnsafe(method)).toBe(false);
    },
  );

  it.each(["POST", "PUT", "PATCH", "DELETE", "QUERY", "patch", "get", ""])(
    "R69 asks for proof of %j",
    (method) => {
      expect(isUnsafe(method)).toBe(true);
    },
  );

  it("R71 goes by the real method, not by an override header", () => {
    const request = new Request(ORIGIN, {
      method: "POST",
      headers: { "x-http-method-override": "GET" },
    });
    expect(isUnsafe(request.method)).toBe(true);
  });
});
