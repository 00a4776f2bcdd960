import type { ImportDeclaration, ImportSpecifier, Program, Statement } from "@babel/types";
import type MagicString from "magic-string";
import { insertItem, type List, removeItem } from "./list.ts";
import {
  afterBreak,
  breakBefore,
  endOf,
  endOfRemarks,
  eolOf,
  type Source,
  startOf,
  textOf,
} from "./source.ts";

/** A named import of a value: where it is, and what the file calls it. */
export interface NamedImport {
  declaration: ImportDeclaration;
  specifier: ImportSpecifier;
  local: string;
}

/** The import declarations of a module, in their order. */
export function importsOf({ body }: Program): ImportDeclaration[] {
  return body.filter((statement) => statement.type === "ImportDeclaration");
}

/** Every import of the value `name`, from wherever; type imports do not count. */
export function importsNamed(program: Program, name: string): NamedImport[] {
  return importsOf(program)
    .filter(({ importKind }) => importKind !== "type")
    .flatMap((declaration) =>
      declaration.specifiers
        .filter((specifier) => specifier.type === "ImportSpecifier")
        .filter((specifier) => specifier.importKind !== "type" && importedName(specifier) === name)
        .map((specifier) => ({ declaration, specifier, local: specifier.local.name })),
    );
}

/** The import of `name` from `from`, also if the user spells that another way: an alias, an extension, another folder. */
export function importFrom(
  program: Program,
  { name, from }: { name: string; from: string },
): NamedImport | null {
  const all = importsNamed(program, name);
  return all.find(({ declaration }) => isSameFile(declaration.source.value, from)) ?? null;
}

/** Whether two specifiers end in the same folder and file; extensions and `?url` do not count. */
export function isSameFile(one: string, other: string): boolean {
  return tailOf(one) === tailOf(other);
}

/** The name a module has for what is imported, `default` included. */
export function importedName({ imported }: ImportSpecifier): string {
  return imported.type === "Identifier" ? imported.name : imported.value;
}

/** Adds `import { name } from "from"`, where a sorted list of imports wants it, else behind the others. */
export function addNamedImport(
  edited: MagicString,
  source: Source,
  { name, from }: { name: string; from: string },
): void {
  const there = importsOf(source.program).find(
    (one) => one.source.value === from && one.importKind !== "type" && namesOf(source, one),
  );
  const names = there && namesOf(source, there);
  if (names) insertItem(edited, source, names, { index: names.items.length, item: name });
  else placeImport(edited, source, from, (style) => importLine(style, from, `{ ${name} } from `));
}

/** Adds `import "from"`, behind the other imports without names if there are any: their order can matter. */
export function addBareImport(edited: MagicString, source: Source, from: string): void {
  const line = importLine(styleOf(source), from, "");
  const imports = importsOf(source.program);
  const last = imports.findLast(isBare) ?? imports.at(-1);
  if (last) insertBelow(edited, source, last, line);
  else insertOnTop(edited, source, line);
}

/** Takes out one name, and the whole import if it was the only one. */
export function removeNamedImport(
  edited: MagicString,
  source: Source,
  { declaration, specifier }: NamedImport,
): void {
  const names = namesOf(source, declaration);
  const [first] = declaration.specifiers;
  if (first === specifier && declaration.specifiers.length === 1) {
    removeImport(edited, source, declaration);
  } else if (names && names.items.length > 1) removeItem(edited, source, names, specifier);
  else if (names && first) edited.remove(endOf(first), names.close + 1);
}

/** Takes out an import with its line. */
export function removeImport(
  edited: MagicString,
  { text, program }: Source,
  declaration: ImportDeclaration,
): void {
  const line = breakBefore(text, startOf(declaration));
  const end = endOf(declaration);
  const others = importsOf(program).length > 1;
  if (others && line !== null) edited.remove(line, end);
  else if (others) edited.remove(startOf(declaration), afterBreak(text, end));
  else edited.remove(startOf(declaration), afterBreak(text, afterBreak(text, end)));
}

function tailOf(specifier: string): string {
  const plain = specifier.replace(/\?.*$/, "").replace(/\.[cm]?[jt]sx?$/, "");
  return plain.split("/").slice(-2).join("/");
}

function placeImport(
  edited: MagicString,
  source: Source,
  from: string,
  line: (style: Style) => string,
): void {
  const all = importsOf(source.program);
  const named = all.filter((one) => !isBare(one));
  const sorted = named.every((one, at) => at === 0 || order(named[at - 1]!, one.source.value) <= 0);
  const first = all[0];
  const written = line(styleOf(source));
  const above = sorted ? named.findLast((one) => order(one, from) <= 0) : named.at(-1);
  if (above) insertBelow(edited, source, above, written);
  else if (first && first === named[0] && !first.leadingComments?.length) {
    edited.appendLeft(startOf(first), written + eolOf(source.text));
  } else if (first) insertBelow(edited, source, all.at(-1)!, written);
  else insertOnTop(edited, source, written);
}

function insertBelow(
  edited: MagicString,
  source: Source,
  above: ImportDeclaration,
  line: string,
): void {
  edited.appendLeft(endOfRemarks(source, endOf(above)), eolOf(source.text) + line);
}

/** Above the first statement and the comment that belongs to it, under whatever else a file may begin with. */
function insertOnTop(edited: MagicString, { text, program }: Source, line: string): void {
  const eol = eolOf(text);
  const first = program.body[0];
  if (!first) edited.append(line + eol);
  else {
    const remark = first.leadingComments?.findLast(
      ({ value }) => !/^\s*@ts-|eslint|biome/.test(value),
    );
    const adjoins = remark && /^\r?\n$/.test(text.slice(remark.end as number, startOf(first)));
    edited.appendLeft(adjoins ? (remark.start as number) : startOf(first), line + eol + eol);
  }
}

interface Style {
  quote: string;
  semicolon: string;
}

/** Quotes and semicolons as the last import has them, else as the file mostly does. */
function styleOf({ text, program }: Source): Style {
  const last = importsOf(program).at(-1);
  if (last) {
    return {
      quote: String(last.source.extra?.raw ?? '"').charAt(0),
      semicolon: text[endOf(last) - 1] === ";" ? ";" : "",
    };
  }
  const bare = program.body.some(
    (one) => takesSemicolon(one) && !text.slice(startOf(one), endOf(one)).endsWith(";"),
  );
  const single = text.split("'").length > text.split('"').length;
  return { quote: single ? "'" : '"', semicolon: bare ? "" : ";" };
}

function takesSemicolon(statement: Statement): boolean {
  if (statement.type === "VariableDeclaration") return true;
  if (statement.type !== "ExportDefaultDeclaration") return false;
  return !/^(Function|Class)Declaration$/.test(statement.declaration.type);
}

function importLine({ quote, semicolon }: Style, from: string, clause: string): string {
  return `import ${clause}${quote}${from}${quote}${semicolon}`;
}

function namesOf(source: Source, declaration: ImportDeclaration): List | null {
  const items = declaration.specifiers.filter(({ type }) => type === "ImportSpecifier");
  if (items.length === 0) return null;
  const open = startOf(declaration) + textOf(source, declaration).indexOf("{");
  return { open, close: source.text.indexOf("}", endOf(items.at(-1)!)), items };
}

const isBare = (one: ImportDeclaration): boolean => one.specifiers.length === 0;

/** Negative if the import sorts before `from`: the runtime's own, packages, aliases, then paths. */
function order(one: ImportDeclaration, from: string): number {
  const key = one.source.value;
  if (distance(key) !== distance(from)) return distance(key) - distance(from);
  return key < from ? -1 : key > from ? 1 : 0;
}

function distance(from: string): number {
  if (/^(node|bun):/.test(from)) return 0;
  if (/^[./]/.test(from)) return 3;
  return /^([@~$%]\/|[#~])/.test(from) ? 2 : 1;
}
