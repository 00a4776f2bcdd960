import { readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { ranges, version } from "../render/template.ts";
import { advice, type Check, error } from "./finding.ts";

/** The library and the generator are released together. */
export const together: Check = ({ project, lock, read }) => {
  const installed = installedVersion(read, "@auth-rr/auth");
  if (!installed) {
    return [
      error("install", "@auth-rr/auth is not installed.", `Run ${project.packageManager} install.`),
    ];
  }
  const wanted = (ranges["@auth-rr/auth"] ?? "").replace("^", "");
  if (minor(installed) === minor(wanted) && lock.generator === version) return [];
  return [
    error(
      "versions",
      `The files are of auth-rr ${lock.generator}, this is ${version}, and @auth-rr/auth ${installed} is installed.`,
      "Run npx auth-rr update.",
    ),
  ];
};

/** Two copies have two contexts: what the middleware of one notes, the guards of the other never see. */
export const oneRouter: Check = ({ project }) => {
  const from = (name: string) => {
    try {
      const require = createRequire(join(project.root, name));
      return require.resolve("react-router/package.json");
    } catch {
      return null;
    }
  };
  const copies = new Set(
    [from("package.json"), from("node_modules/@auth-rr/auth/package.json")].filter(Boolean),
  );
  if (copies.size < 2) return [];
  return [
    error(
      "one-router",
      `There are two copies of react-router: ${[...copies].join(" and ")}.`,
      "Bring both to one version, then remove node_modules and the lock file's old entry and install again.",
    ),
  ];
};

/** Whether drizzle-kit has made a migration at all. */
export const migrated: Check = ({ project }) => {
  const folder = join(project.root, project.drizzle?.out ?? "drizzle");
  try {
    if (readdirSync(folder).some((name) => name.endsWith(".sql") || /^\d+/.test(name))) return [];
  } catch {
    // No folder: no migration.
  }
  return [
    advice(
      "migration",
      `There is no migration in ${project.drizzle?.out ?? "drizzle"}.`,
      "Run npx drizzle-kit generate.",
    ),
  ];
};

function installedVersion(read: (path: string) => string | null, name: string): string | null {
  const text = read(`node_modules/${name}/package.json`);
  return text ? (JSON.parse(text) as { version: string }).version : null;
}

/** Before 1.0 the second number is the one that breaks. */
function minor(text: string): string {
  return text
    .split(".")
    .slice(0, text.startsWith("0.") ? 2 : 1)
    .join(".");
}
