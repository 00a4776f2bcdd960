import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { roundTrip } from "../../test/round-trip.ts";
import { addMiddleware, type RootOptions, removeMiddleware } from "./root.ts";

const options: RootOptions = {
  specifier: "~/auth/auth.server",
  styles: "./auth/auth.css",
  typed: true,
};
const host = (path: string) =>
  readFileSync(new URL(`../../../../fixtures/${path}`, import.meta.url), "utf8");
const pairFor = (settings: RootOptions) => ({
  add: (text: string) => addMiddleware(text, settings),
  remove: (text: string) => removeMiddleware(text, settings),
});

const react = 'import { Outlet } from "react-router";\n';
const types = 'import type { Route } from "./+types/root";\n';
const auth = 'import { auth } from "~/auth/auth.server";\n';
const app = "\nexport default Outlet;\n";
const typed = "\nexport const middleware: Route.MiddlewareFunction[] = [auth.middleware];\n";

describe("the root route", () => {
  it("of the default template gets four lines", () => {
    const before = host("hosts/default/app/root.tsx");
    const edit = addMiddleware(before, options);
    if (edit.status !== "changed") throw new Error(edit.status);
    expect(edit.lines).toBe(4);
    const lines = edit.text.split("\n");
    expect(lines.filter((line) => !before.split("\n").includes(line))).toEqual([
      'import { auth } from "~/auth/auth.server";',
      'import "./auth/auth.css";',
      "export const middleware: Route.MiddlewareFunction[] = [auth.middleware];",
    ]);
  });

  it.each(["default", "node-postgres", "minimal", "javascript"])(
    "of the %s host is given back",
    (name) => {
      const file = name === "javascript" ? "root.jsx" : "root.tsx";
      const pair = pairFor({ ...options, typed: name !== "javascript" });
      const before = host(`hosts/${name}/app/${file}`);
      const edit = pair.add(before);
      if (edit.status !== "changed") throw new Error(edit.status);
      roundTrip(pair, before, edit.text);
    },
  );

  it("of the fixture is complete, and using auth for more is left to the user to undo", () => {
    const text = host("rr-app/app/root.tsx");
    const own = { ...options, styles: null };
    expect(addMiddleware(text, own)).toEqual({ status: "same" });
    expect(removeMiddleware(text, own)).toMatchObject({
      status: "manual",
      why: expect.stringContaining("auth is used for more"),
    });
  });

  const shapes: Record<string, [before: string, after: string, settings?: Partial<RootOptions>]> = {
    "sorted imports": [
      `${react}${types}import "./app.css";\n${app}`,
      `${react}${auth}${types}import "./app.css";\nimport "./auth/auth.css";\n${typed}${app}`,
    ],
    "no stylesheet": [
      `${react}${types}${app}`,
      `${react}${auth}${types}${typed}${app}`,
      { styles: null },
    ],
    "relative imports": [
      `${react}${types}${app}`,
      `${react}${types}import { auth } from "./auth/auth.server";\n${typed}${app}`,
      { styles: null, specifier: "./auth/auth.server" },
    ],
    "no types at hand": [
      `${react}${app}`,
      `${react}${auth}\nexport const middleware = [auth.middleware];\n${app}`,
      { styles: null },
    ],
    "another Route than the one with the types": [
      `import { Route } from "react-router";\n${app}`,
      `import { Route } from "react-router";\n${auth}\nexport const middleware = [auth.middleware];\n${app}`,
      { styles: null },
    ],
    "JavaScript without semicolons": [
      "import { Outlet } from 'react-router'\n\nexport default Outlet\n",
      "import { Outlet } from 'react-router'\nimport { auth } from '~/auth/auth.server'\n\nexport const middleware = [auth.middleware]\n\nexport default Outlet\n",
      { styles: null, typed: false },
    ],
    "only imports that sort behind": [
      `${types}${app}`,
      `${auth}${types}${typed}${app}`,
      { styles: null },
    ],
    "imports in no order": [
      `${types}${react}import { Bar } from "./bar";\n${app}`,
      `${types}${react}import { Bar } from "./bar";\n${auth}${typed}${app}`,
      { styles: null },
    ],
    "a first import with a comment of its own": [
      `// The types.\n${types}${app}`,
      `// The types.\n${types}${auth}${typed}${app}`,
      { styles: null },
    ],
    "a list of middleware": [
      `${react}\n// Measured.\nexport const middleware: Route.MiddlewareFunction[] = [timing];\n${app}`,
      `${react}${auth}\n// Measured.\nexport const middleware: Route.MiddlewareFunction[] = [auth.middleware, timing];\n${app}`,
      { styles: null },
    ],
    "a list of middleware in lines": [
      `${react}\nconst middleware = [\n\ttiming, // first\n] satisfies Middleware[];\nexport { middleware };\n${app}`,
      `${react}${auth}\nconst middleware = [\n\tauth.middleware,\n\ttiming, // first\n] satisfies Middleware[];\nexport { middleware };\n${app}`,
      { styles: null },
    ],
    "a nearer auth": [
      `${react}\nexport function loader({ auth }) {\n  return auth;\n}\nfunction Page() {\n  const auth = 1;\n  return auth;\n}\n`,
      `${react}${auth}\nexport const middleware = [auth.middleware];\n\nexport function loader({ auth }) {\n  return auth;\n}\nfunction Page() {\n  const auth = 1;\n  return auth;\n}\n`,
      { styles: null },
    ],
  };

  for (const [name, [before, after, settings]] of Object.entries(shapes)) {
    it(`gets the middleware once, and is given back: ${name}`, () => {
      roundTrip(pairFor({ ...options, ...settings }), before, after);
    });
  }

  it("keeps auth where the user has already imported it under another name", () => {
    const text = `${react}import { auth as login } from "../app/auth/auth.server";\n${app}`;
    expect(addMiddleware(text, { ...options, styles: null })).toMatchObject({
      text: expect.stringContaining("export const middleware = [login.middleware];"),
      lines: 2,
    });
  });

  it("leaves the rest of an import that the user has extended", () => {
    const extended = (names: string) => `${react}import ${names} from "~/auth/auth.server";\n`;
    const after = "\nexport const middleware = [auth.middleware];\n";
    for (const [before, left] of [
      ["{ auth, config }", "{ config }"],
      ["config, { auth }", "config"],
    ] as const) {
      expect(removeMiddleware(extended(before) + after, options)).toMatchObject({
        text: extended(left),
      });
    }
    const settings = { ...options, styles: null };
    expect(addMiddleware(extended("config, { mode }"), settings)).toMatchObject({
      text: extended("config, { mode, auth }") + after,
    });
  });

  it("counts a stylesheet as imported that comes as a URL", () => {
    const text = `${react}import url from "./auth/auth.css?url";\n${app}`;
    expect(addMiddleware(text, options)).toMatchObject({
      text: expect.not.stringContaining('import "./auth/auth.css"'),
    });
  });

  it("leaves the user's comment its list", () => {
    const text = `${react}${auth}\n// In this order.\nexport const middleware = [auth.middleware];\n${app}`;
    expect(removeMiddleware(text, options)).toMatchObject({
      text: `${react}\n// In this order.\nexport const middleware = [];\n${app}`,
    });
  });

  it.each([
    ["a syntax error", `${react}export const = 1;`, /syntax error/],
    ["another auth", `${react}import { auth } from "./firebase";\n`, /something else/],
    ["a function call", `${react}export const middleware = stack(timing);\n`, /no list/],
    ["a re-export", `${react}export { middleware } from "./middleware";\n`, /no list/],
    ["a function", `${react}export function middleware() {}\n`, /no list/],
    ["a list that is not exported", `${react}const middleware = [];\n`, /not exported/],
    ["no imports", 'export { default } from "./app";\n', /imports nothing/],
  ])("is left to the user, with what to paste: %s", (_, text, why) => {
    expect(addMiddleware(text, options)).toEqual({
      status: "manual",
      why: expect.stringMatching(why),
      paste:
        'import { auth } from "~/auth/auth.server";\nimport "./auth/auth.css";\n\n' +
        "export const middleware = [auth.middleware];",
    });
  });
});
