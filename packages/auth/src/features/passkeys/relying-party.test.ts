import { describe, expect, it } from "vitest";
import { relyingParty } from "./relying-party.ts";

describe("R125 the relying party", () => {
  it("is the host of the app, and its one origin, unless more is said", () => {
    expect(relyingParty("https://app.example.com", {})).toEqual({
      id: "app.example.com",
      origins: ["https://app.example.com"],
    });
    expect(relyingParty("http://localhost:5173", {}).id).toBe("localhost");
  });

  it("may be a parent domain, and take passkeys from related origins", () => {
    const relatedOrigins = ["https://shop.example.org", "http://localhost:3000"];
    expect(
      relyingParty("https://app.example.com", { rpId: "example.com", relatedOrigins }),
    ).toEqual({ id: "example.com", origins: ["https://app.example.com", ...relatedOrigins] });
  });

  it.each([
    "example.org",
    "com",
    "ample.com",
    "sub.app.example.com",
    "https://app.example.com",
    "",
  ])("is not %j, which no browser would take", (rpId) => {
    expect(() => relyingParty("https://app.example.com", { rpId })).toThrow(
      expect.objectContaining({ code: "ERR_AUTH_CONFIG_INVALID" }),
    );
  });

  it.each([
    "shop.example.org",
    "https://shop.example.org/",
    "https://shop.example.org/path",
    "http://shop.example.org",
    "https://SHOP.example.org",
    "*",
  ])("has no related origin %j", (related) => {
    expect(() => relyingParty("https://app.example.com", { relatedOrigins: [related] })).toThrow(
      /relatedOrigins/,
    );
  });
});
