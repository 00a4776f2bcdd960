import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cleanUserAgent, deviceLabel } from "./device.ts";

const WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)";
const MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)";
const WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64)";
const IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X)";
const ANDROID = "Mozilla/5.0 (Linux; Android 10; K)";
const LINUX = "Mozilla/5.0 (X11; Linux x86_64)";

describe("the label of a device", () => {
  it.each([
    [`${MAC} ${WEBKIT} Chrome/144.0.0.0 Safari/537.36`, "Chrome on macOS"],
    [
      `${MAC} AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Safari/605.1.15`,
      "Safari on macOS",
    ],
    [
      `${IPHONE} AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Mobile/15E148 Safari/604.1`,
      "Safari on iPhone",
    ],
    [
      `${IPHONE} AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/144.0 Mobile/15E148 Safari/604.1`,
      "Chrome on iPhone",
    ],
    [
      `${IPHONE} AppleWebKit/605.1.15 (KHTML, like Gecko) FxiOS/146.0 Mobile/15E148 Safari/605.1.15`,
      "Firefox on iPhone",
    ],
    [
      `${IPHONE} AppleWebKit/605.1.15 (KHTML, like Gecko) EdgiOS/144.0 Version/18.0 Mobile/15E148 Safari/604.1`,
      "Edge on iPhone",
    ],
    [
      "Mozilla/5.0 (iPad; CPU OS 17_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.6 Mobile/15E148 Safari/604.1",
      "Safari on iPad",
    ],
    [`${ANDROID} ${WEBKIT} Chrome/144.0.0.0 Mobile Safari/537.36`, "Chrome on Android"],
    [
      `${ANDROID} ${WEBKIT} SamsungBrowser/29.0 Chrome/136.0.0.0 Mobile Safari/537.36`,
      "Samsung Internet on Android",
    ],
    ["Mozilla/5.0 (Android 16; Mobile; rv:146.0) Gecko/146.0 Firefox/146.0", "Firefox on Android"],
    [`${WINDOWS} ${WEBKIT} Chrome/144.0.0.0 Safari/537.36 Edg/144.0.0.0`, "Edge on Windows"],
    [`${WINDOWS} ${WEBKIT} Chrome/142.0.0.0 Safari/537.36 OPR/126.0.0.0`, "Opera on Windows"],
    [`${WINDOWS} Gecko/20100101 Firefox/146.0`, "Firefox on Windows"],
    [`${LINUX} Gecko/20100101 Firefox/146.0`, "Firefox on Linux"],
    [`${LINUX} ${WEBKIT} HeadlessChrome/144.0.0.0 Safari/537.36`, "Chrome on Linux"],
    [
      `Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) ${WEBKIT} Chrome/144.0.0.0 Safari/537.36`,
      "Chrome on ChromeOS",
    ],
    [`${IPHONE} AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148`, "iPhone"],
    ["Chrome/144.0.0.0", "Chrome"],
    ["curl/8.14.1", "Unknown device"],
    ["", "Unknown device"],
    [null, "Unknown device"],
  ])("calls %j %j", (userAgent, label) => {
    expect(deviceLabel(userAgent)).toBe(label);
  });

  it("R159 R79 is made of our own words, whatever the header says", () => {
    const word = "Edge|Opera|Samsung Internet|Vivaldi|Firefox|Chrome|Safari";
    const system = "iPhone|iPad|Android|Windows|ChromeOS|macOS|Linux";
    const vocabulary = new RegExp(
      `^(?:(?:${word})(?: on (?:${system}))?|${system}|Unknown device)$`,
    );
    const pieces = fc.constantFrom(
      "Chrome/",
      "Version/1 ",
      "Safari/",
      "iPhone",
      "Windows NT",
      " ",
      "<script>",
      "\r\n",
      "\x1b[31m",
    );
    const header = fc
      .array(fc.oneof(pieces, fc.string({ unit: "binary" })))
      .map((parts) => parts.join(""));
    fc.assert(
      fc.property(header, (userAgent) => {
        expect(deviceLabel(userAgent)).toMatch(vocabulary);
      }),
    );
  });

  it.each(["Version/1 ", "Mac OS X", "Chrome", "a", "\x1b["])(
    "R159 costs nothing when 100 kB of %j arrive",
    (piece) => {
      const junk = piece.repeat(100_000 / piece.length);
      const start = performance.now();
      for (let round = 0; round < 100; round += 1) [deviceLabel(junk), cleanUserAgent(junk)];
      expect(performance.now() - start).toBeLessThan(500);
    },
  );
});

describe("the stored user agent", () => {
  it("is the header itself when a browser sent it", () => {
    const userAgent = `${MAC} ${WEBKIT} Chrome/144.0.0.0 Safari/537.36`;
    expect(cleanUserAgent(userAgent)).toBe(userAgent);
  });

  it.each([
    ["Mozilla\r\nlevel=error user=root", "Mozillalevel=error user=root"],
    ["\x1b[31mred\x1b[0m \x9b2Jcleared", "red cleared"],
    ["a\0b\u0085c\u2028d\u202ee\ud800f", "abcdef"],
    ["a".repeat(600), "a".repeat(512)],
    [`${"a".repeat(511)}🙂`, "a".repeat(511)],
  ])("R159 cannot forge or disturb a log: %j", (userAgent, cleaned) => {
    expect(cleanUserAgent(userAgent)).toBe(cleaned);
  });

  it.each([null, "", "  ", "\r\n"])("is null when there is none: %j", (userAgent) => {
    expect(cleanUserAgent(userAgent)).toBeNull();
  });

  it("R159 is at most 512 printable, well-formed characters", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 2000 }), (userAgent) => {
        const cleaned = cleanUserAgent(userAgent) ?? "";
        expect(cleaned.length).toBeLessThanOrEqual(512);
        expect(cleaned).not.toMatch(/[\p{Cc}\u2028\u2029]/u);
        expect(cleaned.isWellFormed()).toBe(true);
      }),
    );
  });
});
