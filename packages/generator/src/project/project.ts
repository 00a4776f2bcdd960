import { join, resolve } from "node:path";
import { eolOf } from "../edits/source.ts";
import { type Alias, importStyleOf } from "./alias.ts";
import { readAppConfig } from "./app-config.ts";
import { firstIn, foldersUp, isThere, posixPath, scriptNames, textAt } from "./disk.ts";
import { type DrizzleConfig, drizzleOf } from "./drizzle.ts";
import { type Formatter, formatterOf, isInGit } from "./formatter.ts";
import { type Manifest, readManifest } from "./manifest.ts";
import { type PackageManager, packageManagerOf } from "./package-manager.ts";
import { type ReactRouter, reactRouterOf } from "./react-router.ts";
import { Refusal } from "./refusal.ts";
import { type RoutesShape, routesShapeOf } from "./routes-shape.ts";
import { tablesIn } from "./tables.ts";
import { appsIn, isApp, isBuiltHere, workspaceRootOf } from "./workspace.ts";

/** What the generator knows of an app. Paths are posix and relative to `root`, but for the two roots. */
export interface Project {
  /** The folder of the app's package.json. */
  root: string;
  packageJson: Pick<Manifest, "text" | "name" | "dependencies" | "scripts" | "type">;
  appDirectory: string;
  reactRouter: ReactRouter;
  configFile: string | null;
  routesFile: string | null;
  routesShape: RoutesShape;
  rootFile: string | null;
  typescript: boolean;
  /** Null where relative imports are the only way. */
  alias: Alias | null;
  /** Whether relative imports need an extension, and which one a TypeScript file has in them. */
  importExtensions: boolean;
  scriptExtension: "ts" | "js";
  packageManager: PackageManager;
  /** What speaks for which, as "pnpm: pnpm-lock.yaml", the one that decided first. */
  packageManagerSources: string[];
  workspaceRoot: string | null;
  drizzle: DrizzleConfig | null;
  /** The app's own table named "users". */
  users: { file: string; exportName: string } | null;
  /** The names of the app's own tables. */
  tables: string[];
  formatter: Formatter | null;
  eol: "\n" | "\r\n";
  git: boolean;
}

/** The oldest Node.js that React Router 8 runs on. */
const OLDEST_NODE = [22, 22];

/** Reads named files only and runs none of them. Throws a `Refusal` for an app that cannot have auth-rr. */
export function detectProject(cwd: string): Project {
  refuseOldNode(process.versions.node);
  const { root, manifest, workspaceRoot } = findApp(resolve(cwd));
  const { configFile, appDirectory, viteFollows } = readAppConfig(root);
  const reactRouter = reactRouterOf(root, manifest, workspaceRoot);
  const [routesFile, rootFile] = ["routes", "root"].map((name) =>
    scriptIn(root, appDirectory, name),
  );
  const routes = routesFile ? textAt(root, routesFile) : null;
  const drizzle = drizzleOf(root);
  const tables = tablesIn(root, drizzle?.schema ?? null);
  const users = tables.find(({ name }) => name === "users");
  const { text, name, dependencies, scripts, type } = manifest;
  return {
    root,
    packageJson: { text, name, dependencies, scripts, type },
    appDirectory,
    reactRouter,
    configFile,
    routesFile: routesFile ?? null,
    routesShape: routesShapeOf(routes),
    rootFile: rootFile ?? null,
    typescript: isThere(root, "tsconfig.json") || /\.tsx?$/.test(rootFile ?? ""),
    ...importStyleOf({ root, appDirectory, manifest, viteFollows }),
    ...packageManagerOf(root, workspaceRoot),
    workspaceRoot,
    drizzle,
    users: users ? { file: users.file, exportName: users.exportName } : null,
    tables: tables.map((table) => table.name),
    formatter: formatterOf(root, workspaceRoot),
    eol: eolOf(routes ?? text),
    git: isInGit(root),
  };
}

/** Refuses a Node.js that React Router 8 would not run on. */
export function refuseOldNode(version: string): void {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const [oldestMajor = 0, oldestMinor = 0] = OLDEST_NODE;
  if (major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)) return;
  throw new Refusal({
    code: "NODE_TOO_OLD",
    message: `This is Node.js ${version}; auth-rr needs ${OLDEST_NODE.join(".")} or newer.`,
    cure: "Install the current LTS release of Node.js: https://nodejs.org",
  });
}

interface FoundApp {
  root: string;
  manifest: Manifest;
  workspaceRoot: string | null;
}

function findApp(cwd: string): FoundApp {
  const root = foldersUp(cwd).find((folder) => isThere(folder, "package.json"));
  const manifest = root ? readManifest(root) : null;
  if (!root || !manifest) {
    throw new Refusal({
      code: "NO_PACKAGE_JSON",
      message: `There is no package.json in ${cwd} or above it.`,
      cure: "Run it in your app's folder, or make an app first: npx create-react-router@latest",
    });
  }
  const workspaceRoot = workspaceRootOf(root);
  const isBareRoot = workspaceRoot === root && !isBuiltHere(root) && appsIn(root).length > 0;
  if (!isApp(root) || isBareRoot) throw noApp(root, manifest, workspaceRoot);
  return { root, manifest, workspaceRoot };
}

function noApp(root: string, { dependencies }: Manifest, workspaceRoot: string | null): Refusal {
  const apps = workspaceRoot ? appsIn(workspaceRoot) : [];
  if (workspaceRoot && apps.length > 0) {
    const paths = apps.map((app) => posixPath(root, join(workspaceRoot, app)));
    return new Refusal({
      code: "APP_NOT_NAMED",
      exit: 2,
      message: `${root} is no React Router app, but this monorepo has ${apps.join(", ")}.`,
      cure: `Say which one: ${paths.map((path) => `--cwd ${path}`).join(" or ")}`,
    });
  }
  if (dependencies["react-router"] || dependencies["react-router-dom"]) {
    return new Refusal({
      code: "LIBRARY_MODE",
      message:
        "This app uses React Router as a library; auth-rr needs framework mode, which has a server.",
      cure: "Install @react-router/dev and move to framework mode: https://reactrouter.com/upgrading/router-provider",
    });
  }
  const isRemix = dependencies["@remix-run/react"] !== undefined;
  return new Refusal({
    code: "NOT_REACT_ROUTER",
    message: `${root} is ${isRemix ? "a Remix" : "no React Router"} app: its package.json does not have @react-router/dev.`,
    cure: isRemix
      ? "Upgrade to React Router first: https://reactrouter.com/upgrading/remix"
      : "Run it in your app's folder or say where that is with --cwd.",
  });
}

function scriptIn(root: string, appDirectory: string, name: string): string | null {
  const file = firstIn(join(root, appDirectory), scriptNames(name));
  return file && (appDirectory === "." ? file : `${appDirectory}/${file}`);
}
