import { expect, it } from "vitest";
import { defaultPaths, pathsUnder } from "./paths.ts";

it("moves every page below a path, and leaves home where it is", () => {
  expect(pathsUnder("/account")).toMatchObject({
    login: "/account/login",
    secondFactor: "/account/login/second-factor",
  });
  expect(Object.keys({ home: "/", ...pathsUnder("/account") })).toEqual(Object.keys(defaultPaths));
});
