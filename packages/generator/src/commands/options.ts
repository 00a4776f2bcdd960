import type { Lock } from "../engine/lock.ts";
import { featureOf } from "../features/catalog.ts";
import { adoptedUsers } from "../plan/adopted-users.ts";
import type { Project } from "../project/project.ts";
import { Refusal } from "../project/refusal.ts";
import type { AdoptedUsers, Options } from "../render/options.ts";
import type { Call } from "./command.ts";

/** What this app's files depend on: found at the first run, kept in the lock from then on. */
export async function optionsFor(
  { flags }: Call,
  project: Project,
  lock: Lock,
  wanted: readonly string[],
): Promise<Options> {
  if (flags.pk !== undefined && flags.pk !== "uuid") {
    throw new Refusal({
      code: "PK_REFUSED",
      message: `--pk=${flags.pk} is not to be had: ids that count up tell everybody how many users there are.`,
      cure: "Leave it out, or say --pk=uuid.",
      exit: 2,
    });
  }
  const found = lock.features.length > 0 ? lock.options : detectedOptions(project);
  const options: Options = {
    ...found,
    ...(flags["app-name"] && { appName: checked("app-name", flags["app-name"], /^[^"`\\\n$]+$/) }),
    ...(flags["routes-dir"] && {
      routesDirectory: checked("routes-dir", flags["routes-dir"], FOLDER),
    }),
    ...(flags["users-table"] && { usersTable: checked("users-table", flags["users-table"], NAME) }),
    ...(flags["table-prefix"] && {
      tablePrefix: checked("table-prefix", flags["table-prefix"], NAME),
    }),
    ...(flags["adopt-users"] && { adoptedUsers: adopted(project, lock) }),
    ...(flags.prefix && { prefix: checked("prefix", flags.prefix, /^(\/[a-z0-9][a-z0-9-]*)+$/) }),
  };
  if (lock.features.length === 0) checkTables(project, options, wanted);
  return options;
}

const FOLDER = /^[a-z0-9_][\w.-]*(\/[a-z0-9_][\w.-]*)*$/i;
const NAME = /^[a-z_][a-z0-9_]{0,40}$/;

/** Only at the first run: a table of ours that is in use by then holds the users. */
function adopted(project: Project, { features, options }: Lock): AdoptedUsers {
  if (features.length === 0) return adoptedUsers(project);
  if (options.adoptedUsers) return options.adoptedUsers;
  throw new Refusal({
    code: "USERS_NOT_ADOPTABLE",
    message: "This app has a table of users from auth-rr by now.",
    cure: "Leave out --adopt-users.",
    exit: 2,
  });
}

/** As they are found in an app where nothing was generated yet. */
export function detectedOptions(project: Project): Options {
  const discovering = project.routesShape === "discovering" || project.routesShape === "unknown";
  return {
    appName: titleOf(project.packageJson.name),
    appDirectory: project.appDirectory,
    // Conventions that look into every folder of routes/ would find the pages a second time.
    routesDirectory: discovering ? "auth/routes" : "routes",
    alias: project.alias,
    extension: project.importExtensions ? project.scriptExtension : null,
    tablePrefix: "",
    usersTable: "users",
    adoptedUsers: null,
    drizzleConfig: project.drizzle === null,
    prefix: "",
  };
}

/** "@acme/web-shop" is "Web shop" to people. */
function titleOf(name: string | null): string {
  const words = (name ?? "")
    .replace(/^@[^/]*\//, "")
    .replace(/[^a-z0-9]+/gi, " ")
    .trim();
  return words ? (words[0] ?? "").toUpperCase() + words.slice(1) : "My app";
}

function checked(flag: string, value: string, shape: RegExp): string {
  if (shape.test(value)) return value;
  throw new Refusal({
    code: "FLAG_VALUE_INVALID",
    message: `--${flag}=${value} cannot be used.`,
    cure: `It has to look like ${shape.source}.`,
    exit: 2,
  });
}

/** A table of the user's is never touched, and never taken for ours. */
function checkTables(
  project: Project,
  { usersTable, tablePrefix, adoptedUsers }: Options,
  wanted: readonly string[],
): void {
  const ours = wanted.flatMap((id) => featureOf(id)?.tables ?? []);
  const added = ours.filter((name) => name !== "users" || !adoptedUsers);
  const names = added.map((name) => (name === "users" ? usersTable : tablePrefix + name));
  const taken = names.filter((name) => project.tables.includes(name));
  if (taken.length === 0) return;
  throw new Refusal({
    code: "TABLES_TAKEN",
    message: `Your schema has these tables already: ${taken.join(", ")}.`,
    cure: cureFor(taken, usersTable),
  });
}

function cureFor(taken: string[], usersTable: string): string {
  const prefix = "--table-prefix=auth_ (any prefix)";
  if (!taken.includes(usersTable)) return `Say ${prefix}.`;
  const ways =
    "Say --adopt-users to keep your users where they are, or --users-table=members (any free name) for a table of ours";
  return taken.length > 1 ? `${ways}, and ${prefix} for the others.` : `${ways}.`;
}
