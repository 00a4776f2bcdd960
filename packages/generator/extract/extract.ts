import type { Feature, Joint } from "../src/features/feature.ts";
import type { Template } from "../src/render/template.ts";

interface Source {
  read(path: string): string;
}

/** Cuts the fixture's files into what belongs to each feature. Fails where a manifest and a file disagree. */
export function extract(
  features: readonly Feature[],
  joints: readonly Joint[],
  { read }: Source,
): Record<string, Template> {
  const templates: Record<string, Template> = {};
  for (const { id, files } of features) {
    for (const path of files) templates[path] = { when: [id], parts: [{ text: read(path) }] };
  }
  for (const { of, files } of joints) {
    for (const path of files) templates[path] = { when: of, parts: [{ text: read(path) }] };
  }
  for (const { id, entries } of features) cutEntries(templates, [id], entries);
  for (const { of, entries } of joints) cutEntries(templates, of, entries);
  return templates;
}

function cutEntries(
  templates: Record<string, Template>,
  when: string[],
  entries: Record<string, string[]>,
): void {
  for (const [path, beginnings] of Object.entries(entries)) {
    const template = templates[path];
    if (!template)
      throw new Error(`${when.join("+")} adds to ${path}, which is no file of another feature.`);
    for (const beginning of beginnings) cutEntry(template, path, when, beginning);
  }
}

function cutEntry(template: Template, path: string, when: string[], beginning: string): void {
  const index = template.parts.findIndex((part) => !part.when && holds(part.text, beginning));
  const part = template.parts[index];
  if (!part) throw new Error(`${path} has no entry that begins with ${beginning}`);
  const lines = part.text.split("\n");
  const starts = lines.flatMap((line, at) => (line.trim().startsWith(beginning) ? [at] : []));
  if (starts.length !== 1)
    throw new Error(`${path} has ${starts.length} entries that begin with ${beginning}`);
  const [from, to] = rangeOf(lines, starts[0] as number);
  const text = (begin: number, end: number) =>
    lines
      .slice(begin, end)
      .map((line) => `${line}\n`)
      .join("");
  const after = lines.slice(to).join("\n");
  template.parts.splice(
    index,
    1,
    { text: text(0, from) },
    { text: text(from, to), when },
    { text: after },
  );
}

function holds(text: string, beginning: string): boolean {
  return text.split("\n").some((line) => line.trim().startsWith(beginning));
}

/** An entry ends before the next line that is no deeper than its first, and its comment belongs to it. */
function rangeOf(lines: string[], start: number): [number, number] {
  const depth = depthOf(lines[start] as string);
  let end = start + 1;
  while (end < lines.length && (isDeeper(lines[end], depth) || isCloser(lines[end], depth)))
    end += 1;
  while (lines[end - 1] === "") end -= 1;
  let from = start;
  while (from > 0 && /^\s*(\/\*\*|\*|\/\/)/.test(lines[from - 1] as string)) from -= 1;
  // Of two blank lines around it one goes with it.
  if (lines[from - 1] === "" && (lines[end] === "" || end >= lines.length)) end += 1;
  return [from, end];
}

function isDeeper(line = "", depth: number): boolean {
  return line.trim() === "" || depthOf(line) > depth;
}

function isCloser(line = "", depth: number): boolean {
  return depthOf(line) === depth && /^\s*[)\]}]/.test(line);
}

function depthOf(line: string): number {
  return line.length - line.trimStart().length;
}
