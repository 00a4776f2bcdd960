import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { safeReturnTo } from "./return-to.ts";

const SITE = "https://app.example";

/** Pieces that parsers, browsers and routers disagree about, in any order. */
const nastyPath = fc
  .array(
    fc.constantFrom(
      ..."/ \\ // . .. ./ ../ %2e %2f %5c %09 %0d%0a %00 %252f % %ff @ : ? # & = ; https: javascript: evil.example".split(
        " ",
      ),
      ...".data _.data _root.data _routes=x index index=1 ?index ?_routes é ／ ＼ 。 a b".split(
        " ",
      ),
      ..."\t\r\n\0\u0085\ufeff\u2028\ud800\udc00".split(""),
      " ",
    ),
    { maxLength: 12 },
  )
  .map((pieces) => pieces.join(""));
const anyText = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.string({ unit: "binary" }).map((text) => `/${text}`),
  nastyPath,
  nastyPath.map((text) => `/${text}`),
  fc.webUrl({ withQueryParameters: true, withFragments: true }),
);

describe("the page to return to", () => {
  it.each([
    ["/", "/"],
    ["/settings/sessions", "/settings/sessions"],
    ["/search?q=a+b&q=c%20d&index=3#top", "/search?q=a+b&q=c%20d&index=3#top"],
    ["/café?q=ü#ß", "/caf%C3%A9?q=%C3%BC#%C3%9F"],
    ["/projects/a%2Fb", "/projects/a%2Fb"],
    ["/go?to=https://elsewhere.example//x", "/go?to=https://elsewhere.example//x"],
    ["/a/../b", "/b"],
    ["/@user", "/@user"],
    ["/:80", "/:80"],
  ])("R73 keeps %j, a path on this site", (value, expected) => {
    expect(safeReturnTo(value)).toBe(expected);
  });

  it.each([
    null,
    undefined,
    "",
    " ",
    "settings",
    "?a=b",
    "#a",
    " /settings",
    "https://evil.example/",
    "https:evil.example",
    "https:/evil.example",
    "HTTPS://evil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    "//evil.example",
    "///evil.example",
    "////evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "\\/evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "/\r\n/evil.example",
    "\t//evil.example",
    "/\0/evil.example",
    "/a\r\nSet-Cookie: x=y",
    "/a\\b",
    "/a\u0085b",
    "/.//evil.example",
    "/a/..//evil.example",
    "/%2e//evil.example",
    "/a/%2e%2e//evil.example",
    "/a/%2e%2e//evil.example/_.data",
    "/%09/evil.example",
    "/%0d%0aLocation:%20https://evil.example",
    "/%5cevil.example",
    "/%5Cevil.example",
    "/%2fevil.example",
    "/%2Fevil.example",
    "/a/%00",
    "/%ff",
    "/%",
    "/\ud800",
    "/?q=\udc00",
    `/${"a".repeat(2000)}`,
    `/${"a/../".repeat(400)}`,
    `/${"é".repeat(700)}`,
  ])("R72 refuses %j", (value) => {
    expect(safeReturnTo(value)).toBeNull();
  });

  it.each([
    ["/a.data", "/a"],
    ["/a/_.data", "/a/"],
    ["/_.data", "/"],
    ["/_root.data", "/"],
    ["/.data", "/"],
    ["/a.data.data", "/a"],
    ["/a/b/...data", "/a/"],
    ["/a/..data", "/a/"],
    ["/a/%2e%2e.data", "/"],
    ["/a.data?_routes=routes%2Fa", "/a"],
    ["/a?%5Froutes=x&b=c", "/a?b=c"],
    ["/a?index", "/a"],
    ["/a?index=&b=1&index", "/a?b=1"],
    ["/a?_routes=x&", "/a"],
    ["/report.database", "/report.database"],
    ["/_root", "/_root"],
    ["/a??_routes=x", "/a??_routes=x"],
  ])("R54 turns React Router's own %j into the page %j", (value, page) => {
    expect(safeReturnTo(value)).toBe(page);
  });

  it("R72 leads to this site, whatever it was given", () => {
    fc.assert(
      fc.property(anyText, (value) => {
        const path = safeReturnTo(value);
        if (path === null) return;
        expect(new URL(path, SITE).origin).toBe(SITE);
        expect(new URL(decodeURIComponent(new URL(path, SITE).pathname), SITE).origin).toBe(SITE);
        expect(path).toMatch(/^\/(?!\/)/);
      }),
      { numRuns: 5000 },
    );
  });

  it("R80 R45 is short printable ASCII, whatever it was given", () => {
    fc.assert(
      fc.property(anyText, (value) => {
        const path = safeReturnTo(value) ?? "";
        expect(path).toMatch(/^[!-~]*$/);
        expect(path.length).toBeLessThanOrEqual(2000);
      }),
      { numRuns: 2000 },
    );
  });

  it("R73 stays the same when it is checked again after a second factor", () => {
    fc.assert(
      fc.property(anyText, (value) => {
        const path = safeReturnTo(value);
        expect(safeReturnTo(path)).toBe(path);
      }),
      { numRuns: 5000 },
    );
  });

  it("keeps every plain path that an app could have", () => {
    const segment = fc.stringMatching(/^[a-z0-9_-]{1,12}$/);
    fc.assert(
      fc.property(fc.array(segment), fc.array(segment), (segments, words) => {
        const query = words.length > 0 ? `?q=${words.join("+")}` : "";
        const path = `/${segments.join("/")}${query}`;
        expect(safeReturnTo(path)).toBe(path);
      }),
    );
  });
});
