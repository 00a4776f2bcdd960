import { join } from "node:path";
import { textAt } from "./disk.ts";
import { Refusal } from "./refusal.ts";

/** What matters here of a package.json. */
export interface Manifest {
  text: string;
  name: string | null;
  type: string | null;
  /** Everything that gets installed: development and optional dependencies too. */
  dependencies: Record<string, string>;
  scripts: Record<string, string>;
  /** The file as it is, for the rare rest. */
  all: Record<string, unknown>;
}

/** Null if the folder has no package.json; refuses one that is no JSON. */
export function readManifest(folder: string): Manifest | null {
  const text = textAt(folder, "package.json");
  if (text === null) return null;
  const all = parsed(text, join(folder, "package.json"));
  const installed = [all.optionalDependencies, all.devDependencies, all.dependencies].map(strings);
  return {
    text,
    name: typeof all.name === "string" ? all.name : null,
    type: typeof all.type === "string" ? all.type : null,
    dependencies: Object.assign({}, ...installed),
    scripts: strings(all.scripts),
    all,
  };
}

function parsed(text: string, file: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text.replace(/^\uFEFF/, ""));
    if (isRecord(value)) return value;
  } catch {}
  throw new Refusal({
    code: "PACKAGE_JSON_INVALID",
    message: `${file} is not valid JSON.`,
    cure: "Repair it; conflict markers of a merge are a common reason.",
  });
}

/** The entries of an object whose values are strings. */
function strings(value: unknown): Record<string, string> {
  if (!isRecord(value)) return {};
  return Object.fromEntries(
    Object.entries(value).filter(
      (entry): entry is [string, string] => typeof entry[1] === "string",
    ),
  );
}

/** An object that is no list. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
