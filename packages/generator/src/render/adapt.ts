import { posix } from "node:path";
import type { Options } from "./options.ts";

/** Where a file of the fixture goes in an app. */
export function placeOf(path: string, { appDirectory, routesDirectory }: Options): string {
  return path
    .replace(/^app\/routes\//, `app/${routesDirectory}/`)
    .replace(/^app\//, `${appDirectory}/`);
}

/** Spells a file of the fixture as this app would: its imports, folders, names and paths. */
export function adapt(
  path: string,
  text: string,
  options: Options,
  paths: ReadonlySet<string>,
): string {
  const imports = text.replace(
    /(\bfrom |\bimport\(|^import )"([~.]\/?[^"]*)"/gm,
    (_, before, to) => {
      return `${before}"${specifier(path, to, options, paths)}"`;
    },
  );
  const adopted = path === "app/auth/schema.ts" ? withAdoptedUsers(imports, options) : imports;
  return named(path, folders(path, adopted, options), options);
}

/** The app's own table in place of ours. Always imported by a relative path: drizzle-kit knows no aliases. */
function withAdoptedUsers(text: string, options: Options): string {
  const { adoptedUsers, extension } = options;
  if (!adoptedUsers) return text;
  const { file, exportName } = adoptedUsers;
  const from = relative("app/auth/schema.ts", spelled(file, extension), options);
  const name = exportName === "users" ? "users" : `${exportName} as users`;
  const rest = text.replace(
    /\/\*\*[^\n]*\*\/\nexport const users = [\s\S]*?\n\}\);\n/,
    "/** Your own, from before: its columns are typed wherever you ask who is signed in. */\nexport { users };\n",
  );
  return rest.replace(/^import \{([^}]*)\} from "drizzle-orm\/pg-core";\n/m, (_, names: string) => {
    const uses = (name: string) => rest.match(new RegExp(`\\b${name}\\b`, "g"))?.length ?? 0;
    const used = names.split(",").filter((one) => uses(one.trim()) > 1);
    const kept = used.length > 0 ? `import {${used.join(",")} } from "drizzle-orm/pg-core";\n` : "";
    return `${kept}import { ${name} } from "${from}";\n`;
  });
}

function specifier(from: string, to: string, options: Options, paths: ReadonlySet<string>): string {
  const { extension, alias } = options;
  if (to.includes("+types/")) return extension ? `${to}.${extension}` : to;
  const target = to.startsWith("~/") ? `app/${to.slice(2)}` : posix.join(posix.dirname(from), to);
  const file = ["", ".ts", ".tsx"].map((end) => target + end).find((name) => paths.has(name));
  if (!file) return to;
  const place = spelled(placeOf(file, options), extension);
  const short = to.startsWith("~/") && alias ? aliased(place, alias) : null;
  return short ?? relative(from, place, options);
}

/** With the end that the app's imports have. A style sheet keeps its own. */
function spelled(place: string, extension: Options["extension"]): string {
  return extension === "ts" ? place : place.replace(/\.tsx?$/, extension === "js" ? ".js" : "");
}

function aliased(place: string, { prefix, target }: NonNullable<Options["alias"]>): string | null {
  return place.startsWith(target) ? prefix + place.slice(target.length) : null;
}

function relative(from: string, place: string, options: Options): string {
  const path = posix.relative(posix.dirname(placeOf(from, options)), place);
  return path.startsWith(".") ? path : `./${path}`;
}

/** Files that name others by path, and not by import. */
function folders(path: string, text: string, { appDirectory, routesDirectory }: Options): string {
  if (path === "app/auth/routes.ts") return text.replaceAll('"routes/', `"${routesDirectory}/`);
  if (path === "drizzle.config.ts") return text.replace('"./app/', `"./${appDirectory}/`);
  return text;
}

function named(
  path: string,
  text: string,
  { appName, usersTable, tablePrefix, prefix }: Options,
): string {
  const named = text.replaceAll("auth-rr demo", appName);
  if (path === "app/auth/schema.ts") return withTables(named, usersTable, tablePrefix);
  return prefix ? withPrefix(path, named, prefix) : named;
}

function withTables(text: string, usersTable: string, prefix: string): string {
  const users = text.replace('pgTable("users"', `pgTable("${usersTable}"`);
  return prefix
    ? users.replace(/(tables\.\w+Table\((?:users|sessions)?)\)/g, (_, call) => {
        return `${call}${call.endsWith("(") ? "" : ", "}{ prefix: "${prefix}" })`;
      })
    : users;
}

/** Every page moves: in the table of routes, in links, in redirects and in tests. */
function withPrefix(path: string, text: string, prefix: string): string {
  if (path === "app/auth/routes.ts") {
    return text
      .replace("{ index, layout,", "{ index, layout, prefix,")
      .replace(/export const authRoutes = (\[[\s\S]*\]) satisfies/, (_, list) => {
        return `export const authRoutes = prefix("${prefix.slice(1)}", ${list}) satisfies`;
      });
  }
  const moved = path === "app/auth/auth.server.ts" ? withPaths(text, prefix) : text;
  return moved.replace(PAGES, (_, quote, page) => `${quote}${prefix}/${page}`);
}

function withPaths(text: string, prefix: string): string {
  return text
    .replace("type MailTransport }", "type MailTransport, pathsUnder }")
    .replace("\n  schema,\n", `\n  schema,\n  paths: pathsUnder("${prefix}"),\n`);
}

const PAGES =
  /(["'`])\/(register|verify-email|login|logout|forgot-password|reset-password|not-me|step-up|settings|dev\/mailbox|dev\/emails|healthz|readyz)(?=["'`/?])/g;
