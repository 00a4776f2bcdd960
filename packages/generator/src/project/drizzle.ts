import { configObject, propertyOf } from "../edits/default-export.ts";
import { literal, readJson } from "../edits/json.ts";
import { readSource } from "../edits/source.ts";
import { firstIn, scriptNames, textAt } from "./disk.ts";

/** What drizzle.config.* says, as far as it can be read without running it. */
export interface DrizzleConfig {
  configFile: string;
  /** As written, globs and folders included; null if it is computed. */
  schema: string | string[] | null;
  out: string;
  dialect: string | null;
}

/** Null in an app without drizzle-kit. */
export function drizzleOf(root: string): DrizzleConfig | null {
  const configFile = firstIn(root, [...scriptNames("drizzle.config"), "drizzle.config.json"]);
  if (configFile === null) return null;
  const setting = settingsIn(textAt(root, configFile) ?? "", configFile);
  const schema = setting("schema");
  const out = setting("out");
  const dialect = setting("dialect");
  return {
    configFile,
    schema: typeof schema === "string" || isTexts(schema) ? schema : null,
    // drizzle-kit's own default.
    out: typeof out === "string" ? out : "drizzle",
    dialect: typeof dialect === "string" ? dialect : null,
  };
}

function settingsIn(text: string, file: string): (name: string) => unknown {
  const program = file.endsWith(".json") ? null : readSource(text)?.program;
  const config = program ? configObject(program) : readJson(text)?.root;
  return (name) => literal(config && propertyOf(config, name));
}

const isTexts = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((one) => typeof one === "string");
