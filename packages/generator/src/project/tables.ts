import { dirname, join } from "node:path";
import type { CallExpression, Program } from "@babel/types";
import { localValue, nameOf } from "../edits/default-export.ts";
import { importedName, importsOf } from "../edits/imports.ts";
import { literal } from "../edits/json.ts";
import { readSource } from "../edits/source.ts";
import { nodesIn } from "../edits/walk.ts";
import { isFolder, namesIn, posixPath, textAt } from "./disk.ts";

/** A table of the app's own: its name in the database, and what the code calls it. */
export interface Table {
  name: string;
  file: string;
  exportName: string;
}

/** More than any schema has; it only ends what would otherwise go astray. */
const MOST_FILES = 200;

/**
 * The tables in the files drizzle-kit reads, and in those they re-export by a relative path. Files that import from
 * @auth-rr/auth are what the generator wrote, so their tables are none of the app's own.
 */
export function tablesIn(root: string, schema: string | string[] | null): Table[] {
  const files = [schema ?? []].flat().flatMap((entry) => filesOf(root, entry));
  const seen = new Set<string>();
  const tables: Table[] = [];
  for (let file = files.shift(); file && seen.size < MOST_FILES; file = files.shift()) {
    const text = seen.has(file) ? null : textAt(file);
    seen.add(file);
    const program = text === null ? null : readSource(text)?.program;
    if (!program || isGenerated(program)) continue;
    const path = posixPath(root, file);
    tables.push(...tablesOf(program).map((table) => ({ ...table, file: path })));
    files.push(...reExportedBy(program, file));
  }
  return tables;
}

function isGenerated(program: Program): boolean {
  return importsOf(program).some(({ source }) => source.value.startsWith("@auth-rr/auth"));
}

/** A file, the files of a folder, or those of a glob; a `**` reaches one folder deep, which is as far as we look. */
function filesOf(root: string, entry: string): string[] {
  const parts = entry.replace(/^\.\//, "").split("/");
  const paths = parts.reduce<string[]>(
    (folders, part) => folders.flatMap((folder) => matching(folder, part)),
    [root],
  );
  const files = paths.flatMap((path) =>
    isFolder(path) ? namesIn(path).map((name) => join(path, name)) : path,
  );
  return files.filter((file) => /\.[cm]?[jt]sx?$/.test(file));
}

function matching(folder: string, part: string): string[] {
  if (!/[*?{]/.test(part)) return [join(folder, part)];
  const inside = namesIn(folder).filter((name) => name !== "node_modules");
  if (part === "**") {
    return [folder, ...inside.map((name) => join(folder, name)).filter((path) => isFolder(path))];
  }
  const expression = part
    .replace(/[.+^$()|[\]\\]/g, "\\$&")
    .replaceAll("*", ".*")
    .replaceAll("?", ".")
    .replace(/\{([^}]*)\}/g, (_, list) => `(${list.replaceAll(",", "|")})`);
  return inside
    .filter((name) => new RegExp(`^${expression}$`).test(name))
    .map((name) => join(folder, name));
}

function tablesOf(program: Program): Omit<Table, "file">[] {
  const makers = makersIn(program);
  return program.body
    .map((one) => (one.type === "ExportNamedDeclaration" ? one.declaration : one))
    .flatMap((one) => (one?.type === "VariableDeclaration" ? one.declarations : []))
    .flatMap(({ id, init }) => {
      const exportName = nameOf(id);
      const calls = init ? [...nodesIn(init)].filter((node) => node.type === "CallExpression") : [];
      const call = calls.find((one) => makers.has(makerOf(one) ?? ""));
      const nameIn = call && makers.get(makerOf(call) ?? "");
      const name = call && literal(call.arguments[0]);
      if (!exportName || !nameIn || typeof name !== "string") return [];
      return [{ exportName, name: nameIn(name) }];
    });
}

/** The functions that make a table, each with what it makes of a name. */
function makersIn(program: Program): Map<string, (name: string) => string> {
  const makers = new Map<string, (name: string) => string>();
  for (const { source, specifiers } of importsOf(program)) {
    for (const one of specifiers) {
      if (!source.value.startsWith("drizzle-orm")) continue;
      const isTable = one.type === "ImportSpecifier" && importedName(one) === "pgTable";
      if (isTable) makers.set(one.local.name, (name) => name);
      if (one.type === "ImportNamespaceSpecifier")
        makers.set(`${one.local.name}.pgTable`, (name) => name);
    }
  }
  for (const { id, prefix } of creatorsIn(program)) makers.set(id, (name) => prefix(name));
  return makers;
}

/** `const table = pgTableCreator((name) => "app_" + name)`, for the two ways in which such a name is usually built. */
function creatorsIn(program: Program): { id: string; prefix: (name: string) => string }[] {
  const ids = [...nodesIn(program)].map((node) =>
    node.type === "VariableDeclarator" ? nameOf(node.id) : null,
  );
  return ids.flatMap((id) => {
    const call = id === null ? null : localValue(program, id);
    if (call?.type !== "CallExpression" || nameOf(call.callee) !== "pgTableCreator") return [];
    const [build] = call.arguments;
    const body = build?.type === "ArrowFunctionExpression" ? build.body : null;
    const left = body?.type === "TemplateLiteral" ? (body.quasis[0]?.value.cooked ?? "") : "";
    const right = body?.type === "TemplateLiteral" ? (body.quasis[1]?.value.cooked ?? "") : "";
    const added = body?.type === "BinaryExpression" ? literal(body.left) : "";
    return [{ id: id as string, prefix: (name: string) => `${left}${added ?? ""}${name}${right}` }];
  });
}

/** "pgTable", "pg.pgTable"; `pgTable.withRLS(…)` counts as "pgTable". */
function makerOf({ callee }: CallExpression): string | null {
  if (callee.type !== "MemberExpression") return nameOf(callee);
  const property = nameOf(callee.property);
  return property === "pgTable"
    ? `${nameOf(callee.object)}.pgTable`
    : property === "withRLS"
      ? nameOf(callee.object)
      : null;
}

function reExportedBy(program: Program, file: string): string[] {
  return program.body.flatMap((one) => {
    if (one.type !== "ExportAllDeclaration" && one.type !== "ExportNamedDeclaration") return [];
    const from = one.source?.value;
    return from?.startsWith(".") ? candidates(join(dirname(file), from)) : [];
  });
}

/** How a path in an import may be spelled on the disk; those that are not there are not read. */
function candidates(path: string): string[] {
  const bare = path.replace(/\.[cm]?[jt]sx?$/, "");
  return [
    `${bare}.ts`,
    `${bare}.tsx`,
    `${bare}.mts`,
    `${bare}.js`,
    `${bare}.mjs`,
    `${bare}/index.ts`,
    `${bare}/index.js`,
  ]
    .filter((one) => textAt(one) !== null)
    .slice(0, 1);
}
