import { changed, type Edit } from "./edit.ts";
import { isIgnored } from "./ignore-rules.ts";
import { eolOf } from "./source.ts";

/** A line of an env file, with what is said above it. */
export interface EnvEntry {
  key: string;
  value: string;
  comment?: string;
  /** Written as `#KEY=value`: a suggestion, which counts as made if it stands there commented out. */
  commented?: boolean;
}

/** Appends the keys that are missing; null is a file that is not there yet. A key with an empty value is there. */
export function addToEnv(text: string | null, entries: EnvEntry[]): Edit {
  const before = text ?? "";
  const live = readEnv(before);
  const suggested = new Set([...before.matchAll(SUGGESTION)].map(([, key]) => key));
  const missing = entries.filter(
    ({ key, commented }) => !live.has(key) && !(commented && suggested.has(key)),
  );
  const blocks = missing.map((entry, at) => (at > 0 && entry.comment ? "\n" : "") + written(entry));
  const gap = missing[0]?.comment && /\S/.test(before) && !/\n\r?\n$/.test(before) ? "\n" : "";
  return appended(before, blocks.length > 0 ? gap + blocks.join("") : "");
}

/** The keys that are set in an env file, with their values as written. */
export function readEnv(text: string): Map<string, string> {
  return new Map([...text.matchAll(SETTING)].map(([, key, value]) => [key!, unquoted(value!)]));
}

/** Whether git would leave this path alone, posix and relative to the file; a folder ends in "/". */
export function gitignoreCovers(text: string | null, path: string): boolean {
  return isIgnored(text ?? "", path);
}

/** Appends the lines whose files git does not ignore already. */
export function addToGitignore(text: string | null, lines: string[]): Edit {
  const before = text ?? "";
  const present = new Set(before.split(/\r?\n/).map((line) => line.trim()));
  const missing = lines.filter((line) => {
    const covered = /^[\w./-]+$/.test(line) && isIgnored(before, line.replace(/^\//, ""));
    return !present.has(line) && !covered;
  });
  return appended(before, missing.map((line) => `${line}\n`).join(""));
}

/** A quoted value may go over several lines. */
const SETTING =
  /^[\t ]*(?:export[\t ]+)?([\w.-]+)[\t ]*=[\t ]*("(?:\\[\s\S]|[^"\\])*"|'[^']*'|`[^`]*`|[^\r\n]*)/gm;

const SUGGESTION = /^[\t ]*#[\t #]*(?:export[\t ]+)?([\w.-]+)[\t ]*=/gm;

function written({ key, value, comment, commented }: EnvEntry): string {
  const lines = comment ? comment.split("\n").map((line) => `# ${line}`.trimEnd()) : [];
  return `${[...lines, `${commented ? "#" : ""}${key}=${quoted(value)}`].join("\n")}\n`;
}

/** What a reader of env files would take for a comment or cut off needs quotes. */
function quoted(value: string): string {
  if (!/[#"'`\\\n]|^\s|\s$/.test(value)) return value;
  return /["\n]/.test(value) ? `'${value}'` : `"${value}"`;
}

function unquoted(value: string): string {
  const quotes = /^(["'`])([\s\S]*)\1$/.exec(value);
  return quotes ? quotes[2]! : value.replace(/(^|\s)#.*$/, "").trim();
}

function appended(before: string, addition: string): Edit {
  if (addition === "") return { status: "same" };
  const eol = eolOf(before);
  const end = before === "" || before.endsWith("\n") ? "" : eol;
  return changed(before, before + end + addition.replaceAll("\n", eol));
}
