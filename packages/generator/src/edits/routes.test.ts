import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { roundTrip } from "../../test/round-trip.ts";
import { addAuthRoutes, removeAuthRoutes } from "./routes.ts";

const specifier = "./auth/routes";
const pair = {
  add: (text: string) => addAuthRoutes(text, { specifier }),
  remove: (text: string) => removeAuthRoutes(text, { specifier }),
};
const head = 'import { index, type RouteConfig, route } from "@react-router/dev/routes";\n';
const ours = 'import { authRoutes } from "./auth/routes";\n';
const flat = 'import { flatRoutes } from "@react-router/fs-routes";\n';

/** What a file becomes, by name of its shape. */
const shapes: Record<string, [before: string, after: string]> = {
  "one route on one line": [
    `${head}\nexport default [index("routes/home.tsx")] satisfies RouteConfig;\n`,
    `${head}${ours}\nexport default [index("routes/home.tsx"), ...authRoutes] satisfies RouteConfig;\n`,
  ],
  "an empty list": [
    `${head}\nexport default [];\n`,
    `${head}${ours}\nexport default [...authRoutes];\n`,
  ],
  "an empty list with a comment": [
    `${head}\nexport default [\n  // None yet.\n] satisfies RouteConfig;\n`,
    `${head}${ours}\nexport default [\n  // None yet.\n  ...authRoutes,\n] satisfies RouteConfig;\n`,
  ],
  "lines with comments and no last comma": [
    `${head}\nexport default [\n  index("a.tsx"), // first\n  route("b", "b.tsx") /* b */ // last\n  // the end\n];\n`,
    `${head}${ours}\nexport default [\n  index("a.tsx"), // first\n  route("b", "b.tsx"), /* b */ // last\n  ...authRoutes\n  // the end\n];\n`,
  ],
  "lines with a last comma and a remark": [
    `${head}\nexport default [\n  index("a.tsx"), // home ]\n  // more to come ]\n];\n`,
    `${head}${ours}\nexport default [\n  index("a.tsx"), // home ]\n  ...authRoutes,\n  // more to come ]\n];\n`,
  ],
  "several routes on one line": [
    `${head}\nexport default [index("a.tsx"), route("b", "b.tsx"),];\n`,
    `${head}${ours}\nexport default [index("a.tsx"), route("b", "b.tsx"), ...authRoutes,];\n`,
  ],
  "a last catch-all": [
    `${head}\nexport default [\n  index("a.tsx"),\n  // Everything else.\n  route("*", "404.tsx"),\n];\n`,
    `${head}${ours}\nexport default [\n  index("a.tsx"),\n  ...authRoutes,\n  // Everything else.\n  route("*", "404.tsx"),\n];\n`,
  ],
  "only a catch-all": [
    `${head}\nexport default [route("*", "404.tsx")];\n`,
    `${head}${ours}\nexport default [...authRoutes, route("*", "404.tsx")];\n`,
  ],
  "only a catch-all, on a line": [
    `${head}\nexport default [\n  // Everything.\n  { path: "*", file: "404.tsx" },\n];\n`,
    `${head}${ours}\nexport default [\n  ...authRoutes,\n  // Everything.\n  { path: "*", file: "404.tsx" },\n];\n`,
  ],
  "a constant": [
    `${head}\nconst routes: RouteConfig = [index("a.tsx")];\n\nexport default routes;\n`,
    `${head}${ours}\nconst routes: RouteConfig = [index("a.tsx"), ...authRoutes];\n\nexport default routes;\n`,
  ],
  "an exported constant": [
    `${head}\nexport const routes = [\n  index("a.tsx"),\n] as const;\nexport default routes satisfies RouteConfig;\n`,
    `${head}${ours}\nexport const routes = [\n  index("a.tsx"),\n  ...authRoutes,\n] as const;\nexport default routes satisfies RouteConfig;\n`,
  ],
  "export { routes as default }": [
    `${head}\nconst routes = [index("a.tsx")];\nexport { routes as default };\n`,
    `${head}${ours}\nconst routes = [index("a.tsx"), ...authRoutes];\nexport { routes as default };\n`,
  ],
  "an `as` assertion": [
    `${head}\nexport default ([index("a.tsx")] as RouteConfig);\n`,
    `${head}${ours}\nexport default ([index("a.tsx"), ...authRoutes] as RouteConfig);\n`,
  ],
  "an angle bracket assertion": [
    `${head}\nexport default <RouteConfig>[index("a.tsx")];\n`,
    `${head}${ours}\nexport default <RouteConfig>[index("a.tsx"), ...authRoutes];\n`,
  ],
  "spreads of other lists": [
    `${head}${flat}\nexport default [\n  ...(await flatRoutes()),\n  ...others,\n] satisfies RouteConfig;\n`,
    `${head}${flat}${ours}\nexport default [\n  ...(await flatRoutes()),\n  ...others,\n  ...authRoutes,\n] satisfies RouteConfig;\n`,
  ],
  "one spread of awaited routes": [
    `${flat}\nexport default [...(await flatRoutes())];\n`,
    `${flat}${ours}\nexport default [...(await flatRoutes()), ...authRoutes];\n`,
  ],
  "flatRoutes()": [
    `${flat}\nexport default flatRoutes() satisfies RouteConfig;\n`,
    `${flat}${ours}\nexport default [...authRoutes, ...(await flatRoutes())] satisfies RouteConfig;\n`,
  ],
  "await flatRoutes()": [
    `${flat}\nexport default await flatRoutes();\n`,
    `${flat}${ours}\nexport default authRoutes.concat(await flatRoutes());\n`,
  ],
  "(await flatRoutes())": [
    `${flat}\nexport default (await flatRoutes()) satisfies RouteConfig;\n`,
    `${flat}${ours}\nexport default (await flatRoutes()).concat(authRoutes) satisfies RouteConfig;\n`,
  ],
  "flatRoutes with a list of its own": [
    `${flat}\nexport default flatRoutes({\n  ignoredRouteFiles: ["**/*.css"],\n}) satisfies RouteConfig;\n// [not this one]\n`,
    `${flat}${ours}\nexport default [...authRoutes, ...(await flatRoutes({\n  ignoredRouteFiles: ["**/*.css"],\n}))] satisfies RouteConfig;\n// [not this one]\n`,
  ],
  "the adapter for Remix": [
    'import { remixRoutesOptionAdapter } from "@react-router/remix-routes-option-adapter";\n\nexport default remixRoutesOptionAdapter((define) => legacy(define));\n',
    `import { remixRoutesOptionAdapter } from "@react-router/remix-routes-option-adapter";\n${ours}\nexport default [...authRoutes, ...(await remixRoutesOptionAdapter((define) => legacy(define)))];\n`,
  ],
  "a constant that is a call": [
    `${flat}\nconst routes = flatRoutes();\nexport default routes;\n`,
    `${flat}${ours}\nconst routes = flatRoutes();\nexport default [...authRoutes, ...(await routes)];\n`,
  ],
  "a function of the user's": [
    `${head}\nexport default withLocale([index("a.tsx")]) as RouteConfig;\n`,
    `${head}${ours}\nexport default [...authRoutes, ...(await withLocale([index("a.tsx")]))] as RouteConfig;\n`,
  ],
  "tabs, single quotes and no semicolons": [
    "import { index } from '@react-router/dev/routes'\n\nexport default [\n\tindex('a.tsx')\n]\n",
    "import { index } from '@react-router/dev/routes'\nimport { authRoutes } from './auth/routes'\n\nexport default [\n\tindex('a.tsx'),\n\t...authRoutes\n]\n",
  ],
  "no imports, single quotes and no semicolons": [
    "export default [{ path: '/', file: 'a.tsx' }]\n",
    "import { authRoutes } from './auth/routes'\n\nexport default [{ path: '/', file: 'a.tsx' }, ...authRoutes]\n",
  ],
  "a first comment and no imports": [
    '// @ts-check\n/** The routes. */\nexport default [{ path: "/", file: "a.tsx" }];\n',
    `// @ts-check\n${ours}\n/** The routes. */\nexport default [{ path: "/", file: "a.tsx" }, ...authRoutes];\n`,
  ],
  "a comment behind the last import, and no last line break": [
    'import { index } from "@react-router/dev/routes"; // helpers\nexport default [index("a.tsx")]',
    `import { index } from "@react-router/dev/routes"; // helpers\n${ours}export default [index("a.tsx"), ...authRoutes]`,
  ],
};

describe("the routes file", () => {
  for (const [name, [before, after]] of Object.entries(shapes)) {
    it(`takes the routes in, twice the same, and gives the file back: ${name}`, () => {
      roundTrip(pair, before, after);
    });
  }

  it("is the fixture's, to the byte", () => {
    const routes = new URL("../../../../fixtures/rr-app/app/routes.ts", import.meta.url);
    const after = readFileSync(routes, "utf8");
    const removed = removeAuthRoutes(after, { specifier });
    if (removed.status !== "changed") throw new Error(removed.status);
    expect(removed.text).not.toContain("authRoutes");
    expect(addAuthRoutes(removed.text, { specifier })).toEqual({
      status: "changed",
      text: after,
      lines: 2,
    });
  });

  it("gets only the half that is missing", () => {
    const half = `${head}${ours}\nexport default [index("a.tsx")];\n`;
    expect(addAuthRoutes(half, { specifier })).toMatchObject({
      text: `${head}${ours}\nexport default [index("a.tsx"), ...authRoutes];\n`,
      lines: 1,
    });
  });

  it("is left alone where the user put the routes elsewhere, or imports them another way", () => {
    const nested = `${head}${ours}\nexport default [layout("shell.tsx", authRoutes)];\n`;
    expect(addAuthRoutes(nested, { specifier })).toEqual({ status: "same" });
    const alias = `import { authRoutes } from "~/auth/routes.ts";\nexport default authRoutes;\n`;
    expect(addAuthRoutes(alias, { specifier })).toEqual({ status: "same" });
    expect(removeAuthRoutes(nested, { specifier })).toMatchObject({ status: "manual" });
    expect(removeAuthRoutes(head, { specifier })).toEqual({ status: "same" });
  });

  it("keeps what the user has added beside them", () => {
    const text = `${flat}${ours}\nexport default [...authRoutes, ...(await flatRoutes()), ...mine];\n`;
    expect(removeAuthRoutes(text, { specifier })).toMatchObject({
      text: `${flat}\nexport default [...(await flatRoutes()), ...mine];\n`,
    });
  });

  it("is never left broken: what would not parse is left to the user", () => {
    const text = `${ours}export default [\n  home, // first\n  ...authRoutes];\n`;
    expect(removeAuthRoutes(text, { specifier })).toMatchObject({
      status: "manual",
      why: expect.stringContaining("valid module"),
    });
  });

  it("uses the name the file has for them", () => {
    const renamed = 'import { authRoutes as login } from "./auth/routes";\nexport default [];\n';
    expect(addAuthRoutes(renamed, { specifier })).toMatchObject({
      text: 'import { authRoutes as login } from "./auth/routes";\nexport default [...login];\n',
    });
  });

  it.each([
    ["a syntax error", "export default [\n", /syntax error/],
    ["a re-export", 'export { default } from "./other";\n', /no list of routes itself/],
    ["an imported list", 'import routes from "./other";\nexport default routes;\n', /another file/],
    ["a function", "export default async function routes() { return []; }\n", /itself/],
    ["a condition", "export default dev ? [] : more;\n", /no list and no call/],
    ["holes", "export default [, index('a.tsx')];\n", /holes/],
    ["nothing", "", /itself/],
    [
      "another authRoutes",
      'import { authRoutes } from "./login";\nexport default [...authRoutes];\n',
      /another authRoutes from "\.\/login"/,
    ],
  ])("is left to the user, with what to paste: %s", (_, text, why) => {
    expect(addAuthRoutes(text, { specifier })).toEqual({
      status: "manual",
      why: expect.stringMatching(why),
      paste: 'import { authRoutes } from "./auth/routes";\n\n  ...authRoutes,',
    });
  });
});
