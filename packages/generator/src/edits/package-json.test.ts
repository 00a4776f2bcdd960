import { assert, constantFrom, dictionary, property, record } from "fast-check";
import { describe, expect, it } from "vitest";
import { roundTrip } from "../../test/round-trip.ts";
import { addToPackageJson, type PackageChanges, removeFromPackageJson } from "./package-json.ts";

const changes: PackageChanges = {
  dependencies: { "@auth-rr/auth": "^0.1.0", pg: "^8.23.1" },
  devDependencies: { "drizzle-kit": "^0.31.11" },
  scripts: { "db:generate": "drizzle-kit generate" },
};
const pair = {
  add: (text: string) => addToPackageJson(text, changes),
  remove: (text: string) => removeFromPackageJson(text, changes),
};
const dependencies = { dependencies: { pg: "^8.23.1" }, devDependencies: {}, scripts: {} };

describe("package.json", () => {
  it("gets everything in its order, on its lines, and is given back", () => {
    roundTrip(
      pair,
      `{
  "name": "host",
  "scripts": {
    "build": "react-router build",
    "dev": "react-router dev"
  },
  "dependencies": {
    "@react-router/node": "8.4.0",
    "react": "^19.2.7"
  },
  "devDependencies": {
    "vite": "^8.3.8"
  }
}
`,
      `{
  "name": "host",
  "scripts": {
    "build": "react-router build",
    "db:generate": "drizzle-kit generate",
    "dev": "react-router dev"
  },
  "dependencies": {
    "@auth-rr/auth": "^0.1.0",
    "@react-router/node": "8.4.0",
    "pg": "^8.23.1",
    "react": "^19.2.7"
  },
  "devDependencies": {
    "drizzle-kit": "^0.31.11",
    "vite": "^8.3.8"
  }
}
`,
    );
  });

  it("keeps tabs, its own order and a missing last line break, and gets the sections it lacks", () => {
    roundTrip(
      pair,
      '{\n\t"dependencies": {\n\t\t"react": "19",\n\t\t"isbot": "5"\n\t},\n\t"private": true\n}',
      '{\n\t"scripts": {\n\t\t"db:generate": "drizzle-kit generate"\n\t},\n\t"dependencies": {\n\t\t"react": "19",\n\t\t"isbot": "5",\n\t\t"@auth-rr/auth": "^0.1.0",\n\t\t"pg": "^8.23.1"\n\t},\n\t"devDependencies": {\n\t\t"drizzle-kit": "^0.31.11"\n\t},\n\t"private": true\n}',
    );
  });

  it("on one line stays on one line", () => {
    expect(addToPackageJson('{"dependencies":{"a":"1"}}', dependencies)).toMatchObject({
      text: '{"dependencies":{"a":"1", "pg":"^8.23.1"}}',
    });
    expect(addToPackageJson("{}", dependencies)).toMatchObject({
      text: '{ "dependencies": { "pg": "^8.23.1" } }',
    });
  });

  it("with an empty section gets lines in it", () => {
    expect(addToPackageJson('{\n  "dependencies": {}\n}\n', dependencies)).toMatchObject({
      text: '{\n  "dependencies": {\n    "pg": "^8.23.1"\n  }\n}\n',
    });
  });

  it.each(["^7.0.0", "catalog:", "workspace:*", "file:../pg", "npm:other@1"])(
    "keeps a package that is there, as %s",
    (range) => {
      for (const section of ["dependencies", "devDependencies", "optionalDependencies"]) {
        const text = JSON.stringify({ [section]: { pg: range } }, null, 2);
        expect(addToPackageJson(text, dependencies)).toEqual({ status: "same" });
        expect(removeFromPackageJson(text, dependencies)).toEqual({ status: "same" });
      }
    },
  );

  it("installs what is only a peer", () => {
    const text = JSON.stringify({ peerDependencies: { pg: "8" } });
    expect(addToPackageJson(text, dependencies)).toMatchObject({ status: "changed" });
  });

  it("keeps a script of the same name, and takes out only what was not changed", () => {
    const mine = JSON.stringify({ scripts: { "db:generate": "mine" } }, null, 2);
    expect(addToPackageJson(mine, { ...changes, dependencies: {}, devDependencies: {} })).toEqual({
      status: "same",
    });
    expect(pair.remove(mine)).toEqual({ status: "same" });
  });

  it("sorts as npm does where npm sorted", () => {
    const npm = '{\n  "dependencies": {\n    "a": "1",\n    "B": "1",\n    "z": "1"\n  }\n}\n';
    expect(addToPackageJson(npm, dependencies)).toMatchObject({
      text: npm.replace('"z"', '"pg": "^8.23.1",\n    "z"'),
      lines: 1,
    });
  });

  it("of any content and layout is given back to the byte", () => {
    const section = dictionary(
      constantFrom("a", "@b/c", "Z", "zod", "isbot"),
      constantFrom("1", "*"),
      {
        minKeys: 1,
        noNullPrototype: true,
      },
    );
    const content = record(
      {
        name: constantFrom("x"),
        scripts: section,
        dependencies: section,
        devDependencies: section,
      },
      { requiredKeys: [], noNullPrototype: true },
    );
    assert(
      property(
        content,
        constantFrom("", "\t", "  ", "    "),
        constantFrom("", "\n"),
        (json, indent, end) => {
          const before = JSON.stringify({ private: true, ...json }, null, indent) + end;
          const added = pair.add(before);
          if (added.status !== "changed") throw new Error(added.status);
          expect(JSON.parse(added.text).dependencies).toMatchObject(changes.dependencies);
          expect(pair.remove(added.text)).toMatchObject({ text: before });
        },
      ),
    );
  });

  it.each([
    ["a syntax error", '{ "dependencies": { '],
    ["a comment, which npm does not take", '{ // mine\n  "dependencies": {} }'],
    ["conflict markers", "<<<<<<< HEAD\n{}\n=======\n{}\n>>>>>>> main\n"],
    ["a list for a section", '{ "dependencies": [] }'],
    ["a list", "[]"],
  ])("is left to the user: %s", (_, text) => {
    expect(addToPackageJson(text, dependencies)).toMatchObject({
      status: "manual",
      paste: '{\n  "dependencies": {\n    "pg": "^8.23.1"\n  }\n}',
    });
  });
});
