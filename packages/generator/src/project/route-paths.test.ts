import { describe, expect, it } from "vitest";
import { flatRoutePath, flatRoutesFolder, pathsIn } from "./route-paths.ts";

const module = (body: string) =>
  `import { index, layout, prefix, route as page } from "@react-router/dev/routes";\n${body}`;

describe("the paths of a routes.ts", () => {
  it("are those of its list, with what stands around them", () => {
    const text = module(`
const account = [page("login", "a.tsx"), ...(flag ? [page("Sign-Up/", "b.tsx")] : [])];
const unused = [page("never", "x.tsx")];
export default [
  index("home.tsx"),
  layout("shell.tsx", [page("/settings", "s.tsx", [index("i.tsx"), page("keys/:id", "k.tsx")])]),
  ...prefix("team", [...account, page("login", "l.tsx")]),
  page(\`about\`, "about.tsx"),
] satisfies RouteConfig;`);
    expect([...pathsIn(text)].sort()).toEqual([
      "/about",
      "/settings",
      "/settings/keys/:id",
      "/team/login",
      "/team/sign-up",
    ]);
  });

  it("are not guessed where they are computed or come from elsewhere", () => {
    expect([...pathsIn(module("export default [...theirs, page(path, 'a.tsx')];"))]).toEqual([]);
    const under = 'export default [page(section, "a.tsx", [page("login", "b.tsx")])];';
    expect(pathsIn(module(under))).not.toContain("/login");
    expect([...pathsIn("export default [ this is not code")]).toEqual([]);
    expect([
      ...pathsIn(module("const a = [...a, page('x', 'x.tsx')];\nexport default a;")),
    ]).toEqual(["/x"]);
  });
});

describe("the paths of flatRoutes()", () => {
  it.each([
    ["login.tsx", "/login"],
    ["_auth.login.tsx", "/login"],
    ["settings_.sessions.jsx", "/settings/sessions"],
    ["login", "/login"],
    ["_index.tsx", null],
    ["login._index.tsx", "/login"],
    ["_auth.tsx", null],
  ])("%s is at %s", (name, path) => {
    expect(flatRoutePath(name)).toBe(path);
  });

  it("are found in the folder it is told", () => {
    const call = (options: string) =>
      `import { flatRoutes } from "@react-router/fs-routes";\nexport default flatRoutes(${options});`;
    expect(flatRoutesFolder(call(""))).toBe("routes");
    expect(flatRoutesFolder(call('{ rootDirectory: "pages" }'))).toBe("pages");
    expect(flatRoutesFolder("export default [];")).toBeNull();
  });
});
