import { describe, expect, it } from "vitest";
import { isOlder, lowestOf } from "./range.ts";

describe("a range of versions", () => {
  it.each([
    ["7.16.0", [7, 16, 0]],
    ["^7.16.0", [7, 16, 0]],
    ["~7.1", [7, 1, 0]],
    ["7.x", [7, 0, 0]],
    ["v8", [8, 0, 0]],
    ["7.18.2-pre.1", [7, 18, 2]],
    ["catalog:", null],
    ["workspace:*", null],
    ["^7.0.0 || ^8.0.0", null],
    [">=7.0.0", null],
    ["file:../x-1.0.0.tgz", null],
    ["latest", null],
  ])("%s begins at %j", (range, version) => {
    expect(lowestOf(range)).toEqual(version);
  });

  it.each([
    ["^7.16.0", "^7.18.4", true],
    ["7.9.0", "7.18.2", true],
    ["^7.18.4", "^7.18.4", false],
    ["^8.0.0", "^7.18.4", false],
    ["^0.1.0", "^0.2.0", true],
    ["latest", "^7.18.4", false],
  ])("%s is older than %s: %s", (one, other, answer) => {
    expect(isOlder(one, other)).toBe(answer);
  });
});
