import type { Expression, Node, Program, Statement } from "@babel/types";
import MagicString from "magic-string";
import { localValue, nameOf, unwrapped } from "./default-export.ts";
import { byHand, changedModule, type Edit, syntaxError } from "./edit.ts";
import {
  addBareImport,
  addNamedImport,
  importFrom,
  importsOf,
  isSameFile,
  removeImport,
  removeNamedImport,
} from "./imports.ts";
import { insertItem, type List, listOf, removeItem } from "./list.ts";
import {
  breakBefore,
  endOf,
  endOfRemarks,
  eolOf,
  readSource,
  type Source,
  startOf,
} from "./source.ts";
import { binds, isDeclared, nodesIn, usesOf } from "./walk.ts";

const NAME = "auth";

/** What the root route gets. */
export interface RootOptions {
  /** Where `auth` is imported from. */
  specifier: string;
  /** A stylesheet to import, or null. */
  styles: string | null;
  /** Whether the file is TypeScript; the type is written only where the file has `Route` already. */
  typed: boolean;
}

/** Imports `auth` and puts `auth.middleware` in front of the root's middleware, which need not exist yet. */
export function addMiddleware(text: string, options: RootOptions): Edit {
  const paste = pasted(options);
  const source = readSource(text);
  if (!source) return syntaxError(paste);
  const { program } = source;
  const known = importFrom(program, { name: NAME, from: options.specifier });
  const name = known?.local ?? NAME;
  if (!known && isDeclared(program, NAME)) return byHand(TAKEN, paste);
  const found = middlewareIn(program, name);
  if (typeof found === "string") return byHand(found, paste);

  const edited = new MagicString(text);
  const { specifier, styles } = options;
  if (!known) addNamedImport(edited, source, { name: NAME, from: specifier });
  if (styles && !isImported(program, styles)) addBareImport(edited, source, styles);
  if (found.kind === "none") addStatement(edited, source, statementOf(source, name, options));
  if (found.kind === "list") {
    insertItem(edited, source, found.list, {
      index: placeIn(found.list),
      item: `${name}.middleware`,
    });
  }
  return changedModule(edited, paste);
}

/** Takes out what `addMiddleware` put in; left to the user where `auth` is used for more than that. */
export function removeMiddleware(text: string, options: RootOptions): Edit {
  const paste = pasted(options);
  const source = readSource(text);
  if (!source) return syntaxError(paste);
  const { program } = source;
  const edited = new MagicString(text);
  const known = importFrom(program, { name: NAME, from: options.specifier });
  if (known) {
    const uses = usesOf(program, known.local);
    if (uses > (takeOut(edited, source, known.local) ? 1 : 0)) {
      return byHand(
        `${known.local} is used for more than its middleware here: take it out, and these.`,
        paste,
      );
    }
    removeNamedImport(edited, source, known);
  }
  const styles = importsOf(program).find(
    ({ source: from, specifiers }) => from.value === options.styles && specifiers.length === 0,
  );
  if (styles) removeImport(edited, source, styles);
  return changedModule(edited, paste);
}

type Found = { kind: "none" } | { kind: "there" } | { kind: "list"; list: List };

/** The root's middleware as it is, or why nothing can be added to it. */
function middlewareIn(program: Program, name: string): Found | string {
  if (importsOf(program).length === 0) {
    return "This file imports nothing, so the root route is elsewhere: add these there.";
  }
  const value = localValue(program, "middleware");
  if (value && [...nodesIn(value)].some((node) => isOurs(node, name))) return { kind: "there" };
  if (!isExported(program)) {
    return isDeclared(program, "middleware")
      ? "A middleware is declared here but not exported: export one with this in it."
      : { kind: "none" };
  }
  const array = value && unwrapped(value);
  const list = array?.type === "ArrayExpression" ? listOf(array) : null;
  return list
    ? { kind: "list", list }
    : "The exported middleware is no list that is written here: put this first in it.";
}

function isExported({ body }: Program): boolean {
  return body.some((statement) => {
    if (statement.type !== "ExportNamedDeclaration") return false;
    const { declaration, specifiers } = statement;
    const isListed = specifiers.some(
      (one) => one.type === "ExportSpecifier" && nameOf(one.exported) === "middleware",
    );
    return isListed || binds(declaration, "middleware");
  });
}

function statementOf({ text, program }: Source, name: string, { typed }: RootOptions): string {
  const last = importsOf(program).at(-1)!;
  const semicolon = text[endOf(last) - 1] === ";" ? ";" : "";
  const hasRoute = importsOf(program).some(
    ({ source, specifiers }) =>
      source.value.includes("+types/") && specifiers.some(({ local }) => local.name === "Route"),
  );
  const type = typed && hasRoute ? ": Route.MiddlewareFunction[]" : "";
  return `export const middleware${type} = [${name}.middleware]${semicolon}`;
}

/** Behind the imports, with an empty line between. */
function addStatement(edited: MagicString, source: Source, statement: string): void {
  const eol = eolOf(source.text);
  const last = importsOf(source.program).at(-1)!;
  edited.appendLeft(endOfRemarks(source, endOf(last)), eol + eol + statement);
}

/** False if `auth.middleware` is not in the list. */
function takeOut(edited: MagicString, source: Source, name: string): boolean {
  const value = localValue(source.program, "middleware");
  const array = value && unwrapped(value);
  const list = array?.type === "ArrayExpression" ? listOf(array) : null;
  const item = list?.items.find((one) => isOurs(one, name));
  if (!list || !item) return false;
  const statement = source.program.body.find((one) => isStatementOf(one, value as Expression));
  const paragraph = statement && paragraphStart(source, statement);
  if (list.items.length === 1 && statement && paragraph != null) {
    edited.remove(paragraph, endOf(statement));
  } else removeItem(edited, source, list, item);
  return true;
}

function isStatementOf(statement: Statement, value: Expression): boolean {
  if (statement.type !== "ExportNamedDeclaration") return false;
  const { declaration } = statement;
  return (
    declaration?.type === "VariableDeclaration" &&
    declaration.declarations.length === 1 &&
    declaration.declarations[0]?.init === value
  );
}

/** Offset of the empty line above; null if a comment or something else is there. */
function paragraphStart({ text }: Source, statement: Statement): number | null {
  const line = breakBefore(text, startOf(statement));
  return line === null ? null : breakBefore(text, line);
}

/** First, so that all others may ask who is there; but the headers go around its refusals too. */
function placeIn({ items }: List): number {
  const [first] = items;
  const isHeaders =
    first?.type === "MemberExpression" && nameOf(first.property) === "securityHeaders";
  return isHeaders ? 1 : 0;
}

function isOurs(node: Node, name: string): boolean {
  return (
    node.type === "MemberExpression" &&
    nameOf(node.object) === name &&
    nameOf(node.property) === "middleware"
  );
}

const isImported = (program: Program, styles: string): boolean =>
  importsOf(program).some(({ source }) => isSameFile(source.value, styles));

const TAKEN =
  "This file means something else by auth: import ours under another name and put its middleware first.";

function pasted({ specifier, styles }: RootOptions): string {
  const imports = [
    `import { ${NAME} } from "${specifier}";`,
    ...(styles ? [`import "${styles}";`] : []),
  ];
  return `${imports.join("\n")}\n\nexport const middleware = [${NAME}.middleware];`;
}
