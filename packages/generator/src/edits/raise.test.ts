import { describe, expect, it } from "vitest";
import { raiseInPackageJson } from "./raise.ts";

const RANGES = { "react-router": "^7.18.4", "@react-router/dev": "^7.18.4" };

describe("raising versions", () => {
  it("changes what is older, wherever it is named, and nothing else, whatever the layout", () => {
    const before =
      '\uFEFF{\r\n\t"dependencies": { "react": "7.0.0", "react-router": "7.16.0" },\r\n' +
      '\t"devDependencies": {\r\n\t\t"@react-router/dev" : "~7.1"\r\n\t}\r\n}';
    const after = before
      .replace('"react-router": "7.16.0"', '"react-router": "^7.18.4"')
      .replace('"~7.1"', '"^7.18.4"');
    expect(raiseInPackageJson(before, RANGES)).toEqual({
      status: "changed",
      text: after,
      lines: 2,
    });
    expect(raiseInPackageJson(after, RANGES)).toEqual({ status: "same" });
  });

  it.each(["^7.19.0", "^8.0.0", "catalog:", "workspace:*", "file:../react-router.tgz", "latest"])(
    "leaves %s alone",
    (range) => {
      const text = JSON.stringify({ dependencies: { "react-router": range } });
      expect(raiseInPackageJson(text, RANGES)).toEqual({ status: "same" });
    },
  );

  it("leaves alone what is no package.json", () => {
    expect(raiseInPackageJson("{ <<<<<<<", RANGES)).toEqual({ status: "same" });
  });
});
