import { parseArgs } from "node:util";
import { Refusal } from "../project/refusal.ts";
import { nearest } from "./nearest.ts";

/** Every flag of every command, with the line `--help` has about it. */
export const FLAGS = {
  cwd: { type: "string", help: "where the app is, if not here" },
  yes: { type: "boolean", short: "y", help: "do it without asking" },
  "dry-run": { type: "boolean", help: "show the plan and stop" },
  json: { type: "boolean", help: "answer as JSON" },
  help: { type: "boolean", short: "h", help: "this text" },
  version: { type: "boolean", short: "v", help: "the version" },
  "allow-dirty": { type: "boolean", help: "also change files that are not committed" },
  "on-conflict": {
    type: "string",
    help: "keep, overwrite or new: what to do about files that are in the way",
  },
  "no-install": { type: "boolean", help: "leave installing and the migration to you" },
  "no-upgrade": { type: "boolean", help: "refuse a React Router that is too old, do not raise it" },
  "package-manager": { type: "string", help: "npm, pnpm, yarn or bun" },
  "app-name": { type: "string", help: "as your users know the app" },
  prefix: { type: "string", help: "before every page, e.g. /auth" },
  "routes-dir": { type: "string", help: "where route modules go, inside the app directory" },
  "users-table": { type: "string", help: "the name of the table of users" },
  "adopt-users": { type: "boolean", help: "take your own table named users instead of a new one" },
  "table-prefix": { type: "string", help: "before the name of each table" },
  all: { type: "boolean", help: "every feature; leave one out with --no-<feature>" },
  pk: { type: "string", help: "uuid, the only kind of id that tells strangers nothing" },
  cascade: { type: "boolean", help: "remove what needs it too" },
  restore: { type: "boolean", help: "write again what you deleted" },
  only: { type: "string", help: "leave every other file as it is" },
  mine: { type: "boolean", help: "what you changed" },
  upstream: { type: "boolean", help: "what an update would change" },
  "exit-code": { type: "boolean", help: "exit with 4 if there is a difference" },
  check: { type: "boolean", help: "exit with 4 if anything would change" },
  fix: { type: "boolean", help: "rebuild the lock from what is on disk" },
  out: { type: "string", help: "the folder to write to" },
} as const;

type Flag = keyof typeof FLAGS;
export type Flags = {
  [Name in Flag]?: (typeof FLAGS)[Name]["type"] extends "boolean" ? boolean : string;
};

export interface Arguments {
  command: string | undefined;
  words: string[];
  flags: Flags;
}

/** Reads the command line. Refuses a flag that does not exist, with the one that was probably meant. */
export function readArguments(args: string[]): Arguments {
  try {
    const { values, positionals } = parseArgs({ args, options: FLAGS, allowPositionals: true });
    const [command, ...words] = positionals;
    return { command, words, flags: values as Flags };
  } catch (error) {
    throw asRefusal(error as Error, args);
  }
}

function asRefusal(error: Error, args: string[]): Refusal {
  const unknown = args.find((arg) => arg.startsWith("--") && !(flagOf(arg) in FLAGS));
  if (!unknown)
    return new Refusal({
      code: "ARGUMENTS_INVALID",
      message: error.message,
      cure: "See auth-rr --help.",
      exit: 2,
    });
  const guess = nearest(flagOf(unknown), Object.keys(FLAGS));
  const all = Object.keys(FLAGS).map((name) => `--${name}`);
  return new Refusal({
    code: "FLAG_UNKNOWN",
    message: `There is no flag ${unknown.split("=")[0]}.`,
    cure: `${guess ? `Did you mean --${guess}? ` : ""}There are ${all.join(", ")}.`,
    exit: 2,
  });
}

function flagOf(arg: string): string {
  return arg.slice(2).split("=")[0] ?? "";
}
