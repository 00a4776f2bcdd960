import { cpSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { appFolder, reactRouter8 } from "../../test/app-folder.ts";
import { detectProject, refuseOldNode } from "./project.ts";

const fixtures = fileURLToPath(new URL("../../../../fixtures", import.meta.url));

/** A host as its owner has it: outside of this repository. */
function host(name: string): string {
  const folder = appFolder({});
  cpSync(join(fixtures, "hosts", name), folder, { recursive: true });
  return folder;
}

describe("what kind of app this is", () => {
  it("is seen in the default host", () => {
    const root = host("default");
    const project = detectProject(root);
    expect(project).toMatchObject({
      root,
      packageJson: { name: "default-host", type: "module" },
      appDirectory: "app",
      reactRouter: { declared: "8.4.0", installed: null, major: 8 },
      configFile: "react-router.config.ts",
      routesFile: "app/routes.ts",
      routesShape: "explicit",
      rootFile: "app/root.tsx",
      typescript: true,
      alias: { prefix: "~/", target: "app/" },
      importExtensions: false,
      packageManager: "npm",
      packageManagerSources: [],
      workspaceRoot: null,
      drizzle: null,
      users: null,
      tables: [],
      formatter: null,
      eol: "\n",
      git: false,
    });
    expect(project.packageJson.dependencies).toMatchObject({ "@react-router/dev": "8.4.0" });
  });

  it("is seen in the node-postgres host, whose paths and schema are elsewhere", () => {
    expect(detectProject(host("node-postgres"))).toMatchObject({
      alias: { prefix: "~/", target: "app/" },
      drizzle: {
        configFile: "drizzle.config.ts",
        schema: "./database/schema.ts",
        out: "./drizzle",
        dialect: "postgresql",
      },
      tables: ["guests"],
      users: null,
    });
  });

  it("is seen in the JavaScript host", () => {
    expect(detectProject(host("javascript"))).toMatchObject({
      configFile: "react-router.config.js",
      routesFile: "app/routes.js",
      rootFile: "app/root.jsx",
      typescript: false,
      alias: null,
    });
  });

  it("is seen in the minimal host, from a folder inside it", () => {
    const root = host("minimal");
    expect(detectProject(join(root, "app", "routes"))).toMatchObject({
      root,
      routesShape: "explicit",
    });
  });

  it("is seen in the fixture", () => {
    expect(detectProject(join(fixtures, "rr-app"))).toMatchObject({
      alias: { prefix: "~/", target: "app/" },
      packageManager: "pnpm",
      drizzle: { schema: "./app/auth/schema.ts" },
      // What the generator will write is none of the app's own.
      users: null,
      tables: [],
      formatter: "biome",
      workspaceRoot: join(fixtures, ".."),
      reactRouter: { declared: "catalog:", installed: "8.4.0", major: 8 },
    });
  });

  it("is seen where the monorepo's root installs React Router for it", () => {
    const root = appFolder({
      "package.json": { ...reactRouter8, workspaces: ["web"] },
      "web/package.json": {},
      "web/react-router.config.ts": "export default {};",
    });
    expect(detectProject(join(root, "web"))).toMatchObject({
      root: join(root, "web"),
      reactRouter: { declared: "8.4.0", major: 8 },
    });
  });

  it("takes less than 0.3 seconds", () => {
    const root = host("node-postgres");
    detectProject(root);
    const start = performance.now();
    detectProject(root);
    expect(performance.now() - start).toBeLessThan(300);
  });

  it("keeps to Windows line endings where the routes have them", () => {
    const root = appFolder({
      "package.json": reactRouter8,
      "app/routes.ts": "export default [\r\n];\r\n",
    });
    expect(detectProject(root).eol).toBe("\r\n");
  });

  it("knows a git repository from inside", () => {
    const root = appFolder({ "repo/web/package.json": reactRouter8 });
    mkdirSync(join(root, "repo/.git"));
    expect(detectProject(join(root, "repo/web")).git).toBe(true);
  });
});

describe("the folder of the app", () => {
  const inFolder = (config: string) => {
    const root = appFolder({
      "package.json": reactRouter8,
      "react-router.config.ts": config,
      "src/routes.ts": "export default [];",
      "src/root.tsx": "",
    });
    return detectProject(root);
  };

  it.each([
    'export default { appDirectory: "src" };',
    'export default { appDirectory: "./src/" } satisfies Config;',
    "const config: Config = { appDirectory: `src` };\nexport default config;",
    'const folder = "src";\nexport default defineConfig({ appDirectory: folder });',
  ])("is read from the configuration: %s", (config) => {
    expect(inFolder(config)).toMatchObject({
      appDirectory: "src",
      routesFile: "src/routes.ts",
      rootFile: "src/root.tsx",
    });
  });

  it.each(["export default {};", "export default { appDirectory: folder() };", "{ no config"])(
    "is app where the configuration does not say: %s",
    (config) => {
      expect(inFolder(config)).toMatchObject({
        appDirectory: "app",
        routesFile: null,
        rootFile: null,
      });
    },
  );
});

describe("an app that cannot have it is refused, with what to do", () => {
  const refused = (files: Record<string, string | object>, cwd = ".") => {
    const root = appFolder(files);
    try {
      return detectProject(join(root, cwd));
    } catch (refusal) {
      return refusal;
    }
  };

  it("no package.json", () => {
    expect(refused({ "app/root.tsx": "" })).toMatchObject({
      code: "NO_PACKAGE_JSON",
      exit: 3,
      cure: expect.stringMatching(/create-react-router/),
    });
  });

  it("a package.json with conflict markers", () => {
    const text = "<<<<<<< HEAD\n{}\n=======\n{}\n>>>>>>> other\n";
    expect(refused({ "package.json": text })).toMatchObject({
      code: "PACKAGE_JSON_INVALID",
      exit: 3,
    });
  });

  it("library mode", () => {
    const text = { dependencies: { "react-router": "8.4.0" } };
    expect(refused({ "package.json": text })).toMatchObject({ code: "LIBRARY_MODE", exit: 3 });
  });

  it("another framework, and Remix", () => {
    expect(refused({ "package.json": {} })).toMatchObject({ code: "NOT_REACT_ROUTER", exit: 3 });
    const remix = { dependencies: { "@remix-run/react": "2.17.0" } };
    expect(refused({ "package.json": remix })).toMatchObject({
      code: "NOT_REACT_ROUTER",
      message: expect.stringContaining("Remix"),
    });
  });

  it("a single page app", () => {
    const files = {
      "package.json": reactRouter8,
      "react-router.config.ts": "export default { ssr: false };",
    };
    expect(refused(files)).toMatchObject({ code: "SPA", exit: 3 });
  });

  it("React Server Components", () => {
    const vite =
      'import { unstable_reactRouterRSC as reactRouterRSC } from "@react-router/dev/vite";\n' +
      "export default { plugins: [reactRouterRSC()] };\n";
    expect(refused({ "package.json": reactRouter8, "vite.config.ts": vite })).toMatchObject({
      code: "RSC",
      exit: 3,
    });
  });

  it.each([
    ["^6.30.0", "REACT_ROUTER_TOO_OLD"],
    ["9.0.0-pre.1", "REACT_ROUTER_TOO_NEW"],
  ])("React Router %s", (version, code) => {
    const text = { devDependencies: { "@react-router/dev": version, "react-router": version } };
    expect(refused({ "package.json": text })).toMatchObject({ code, exit: 3 });
  });

  it("an old Node.js", () => {
    expect(() => refuseOldNode("22.21.9")).toThrow(
      expect.objectContaining({ code: "NODE_TOO_OLD", exit: 3 }),
    );
    expect(() => refuseOldNode("20.20.2")).toThrow(/20\.20\.2/);
    for (const version of ["22.22.0", "24.0.0"]) expect(() => refuseOldNode(version)).not.toThrow();
  });

  it("the root of a monorepo, or a package beside the app: it names the apps", () => {
    const files = {
      "package.json": { private: true },
      "pnpm-workspace.yaml": "packages:\n  - apps/*\n  - 'packages/**' # ours\n",
      "apps/web/package.json": reactRouter8,
      "apps/admin/package.json": reactRouter8,
      "apps/docs/package.json": {},
      "packages/ui/package.json": {},
    };
    expect(refused(files)).toMatchObject({
      code: "APP_NOT_NAMED",
      exit: 2,
      cure: "Say which one: --cwd apps/admin or --cwd apps/web",
    });
    const installing = { ...files, "package.json": reactRouter8 };
    expect(refused(installing)).toMatchObject({ code: "APP_NOT_NAMED", exit: 2 });
    expect(refused(files, "packages/ui")).toMatchObject({
      cure: "Say which one: --cwd ../../apps/admin or --cwd ../../apps/web",
    });
  });
});
