import type { Statement } from "@babel/types";
import MagicString from "magic-string";
import { byHand, changedModule, type Edit, syntaxError } from "./edit.ts";
import { isSameFile } from "./imports.ts";
import {
  afterBreak,
  breakBefore,
  endOf,
  endOfRemarks,
  eolOf,
  readSource,
  type Source,
  startOf,
} from "./source.ts";

/** Where the auth tables are, as seen from the schema file. */
export interface SchemaOptions {
  specifier: string;
}

/** Adds `export * from "…"` below the last such line, else at the end. */
export function addSchemaExport(text: string, { specifier }: SchemaOptions): Edit {
  const paste = `export * from "${specifier}";`;
  const source = readSource(text);
  if (!source) return syntaxError(paste);
  if (exportIn(source, specifier)) return { status: "same" };
  const edited = new MagicString(text);
  const eol = eolOf(text);
  const last = source.program.body.findLast(isReExport);
  const line = lineFor(source, specifier);
  if (last) edited.appendLeft(endOfRemarks(source, endOf(last)), eol + line);
  else if (text.trim() === "") edited.append(line + eol);
  else edited.appendLeft(text.trimEnd().length, eol + eol + line);
  return changedModule(edited, paste);
}

/** Takes that line out again. */
export function removeSchemaExport(text: string, { specifier }: SchemaOptions): Edit {
  const paste = `export * from "${specifier}";`;
  const source = readSource(text);
  if (!source) return byHand("This file has a syntax error: take this line out yourself.", paste);
  const line = exportIn(source, specifier);
  if (!line) return { status: "same" };
  const edited = new MagicString(text);
  const others = source.program.body.some((one) => one !== line && isReExport(one));
  const above = breakBefore(text, startOf(line));
  const paragraph = others || above === null ? above : (breakBefore(text, above) ?? above);
  if (paragraph === null) edited.remove(startOf(line), afterBreak(text, endOf(line)));
  else edited.remove(paragraph, endOf(line));
  return changedModule(edited, paste);
}

function exportIn({ program }: Source, specifier: string): Statement | undefined {
  return program.body.find(
    (one) => one.type === "ExportAllDeclaration" && isSameFile(one.source.value, specifier),
  );
}

function isReExport(statement: Statement): boolean {
  if (statement.type === "ExportAllDeclaration") return true;
  return statement.type === "ExportNamedDeclaration" && statement.source != null;
}

/** Quotes and semicolon as the last line with `from` has them. */
function lineFor({ text, program }: Source, specifier: string): string {
  const like = program.body.findLast((one) => one.type === "ImportDeclaration" || isReExport(one));
  const written = like ? text.slice(startOf(like), endOf(like)) : ";";
  const quote = /'\s*;?$/.test(written) ? "'" : '"';
  return `export * from ${quote}${specifier}${quote}${written.endsWith(";") ? ";" : ""}`;
}
