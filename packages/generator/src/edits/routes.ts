import type { AwaitExpression, Expression, Node, Program } from "@babel/types";
import MagicString from "magic-string";
import {
  defaultExport,
  localValue,
  nameOf,
  propertyOf,
  unwrapped,
  withoutTypes,
} from "./default-export.ts";
import { byHand, changedModule, type Edit, syntaxError } from "./edit.ts";
import { addNamedImport, importFrom, importsNamed, removeNamedImport } from "./imports.ts";
import { insertItem, type List, listOf, removeItem } from "./list.ts";
import { endOf, readSource, type Source, startOf } from "./source.ts";
import { isDeclared, usesOf } from "./walk.ts";

const NAME = "authRoutes";

/** Where the routes are imported from, as it stands in the import. */
export interface RoutesOptions {
  specifier: string;
}

/**
 * Imports `authRoutes` and spreads it into the exported routes: at the end, but in front of a last `route("*", …)`.
 * Left to the user where the routes are made somewhere else.
 */
export function addAuthRoutes(text: string, { specifier }: RoutesOptions): Edit {
  const paste = pasted(specifier);
  const source = readSource(text);
  if (!source) return syntaxError(paste);
  const { program } = source;
  const known = importFrom(program, { name: NAME, from: specifier });
  if (known && usesOf(program, known.local) > 0) return { status: "same" };
  if (!known && isDeclared(program, NAME)) return byHand(taken(program), paste);

  const target = targetIn(program);
  if (typeof target === "string") return byHand(target, paste);
  const edited = new MagicString(text);
  const spread = `...${known?.local ?? NAME}`;
  if (target.kind === "array")
    insertItem(edited, source, target.list, { index: placeIn(target.list), item: spread });
  else wrap(edited, target, known?.local ?? NAME);
  if (!known) addNamedImport(edited, source, { name: NAME, from: specifier });
  return changedModule(edited, paste);
}

/** Takes the import and the spread out again; left to the user where `authRoutes` is used in other ways. */
export function removeAuthRoutes(text: string, { specifier }: RoutesOptions): Edit {
  const paste = pasted(specifier);
  const source = readSource(text);
  if (!source) return syntaxError(paste);
  const { program } = source;
  const known = importFrom(program, { name: NAME, from: specifier });
  if (!known) return { status: "same" };

  const edited = new MagicString(text);
  const uses = usesOf(program, known.local);
  if (uses > 1 || (uses === 1 && !takeOut(edited, source, known.local))) {
    return byHand(`Take ${known.local} out of this file and remove these two.`, paste);
  }
  removeNamedImport(edited, source, known);
  return changedModule(edited, paste);
}

type Target =
  | { kind: "array"; list: List }
  | { kind: "promise" | "awaited" | "parenthesized"; node: Expression };

/** What the routes are added to, or why they cannot be. */
export function targetIn(program: Program): Target | string {
  const exported = defaultExport(program);
  if (!exported)
    return "This file makes no list of routes itself: add the import and the spread where the list is made.";
  const node = withoutTypes(exported);
  const value = unwrapped(node);
  const named = value.type === "Identifier" ? localValue(program, value.name) : value;
  if (!named)
    return "The exported routes come from another file: add the import and the spread to the list there.";
  const list = unwrapped(named);
  if (list.type === "ArrayExpression") {
    const items = listOf(list);
    return items
      ? { kind: "array", list: items }
      : "The exported list of routes has holes: add the import and the spread to it.";
  }
  if (value.type === "AwaitExpression")
    return { kind: node === value ? "awaited" : "parenthesized", node };
  if (value.type === "CallExpression" || value.type === "Identifier")
    return { kind: "promise", node };
  return "The exported routes are no list and no call: add the import, and the spread where the list is made.";
}

/**
 * Three ways to say the same, so that taking it out knows what stood here before: `x()` is awaited within a list,
 * `await x()` becomes an argument, `(await x())` gets a call behind it.
 */
function wrap(
  edited: MagicString,
  { kind, node }: Exclude<Target, { kind: "array" }>,
  name: string,
): void {
  const [before, after] = {
    promise: [`[...${name}, ...(await `, ")]"],
    awaited: [`${name}.concat(`, ")"],
    parenthesized: ["", `.concat(${name})`],
  }[kind] as [string, string];
  edited.appendLeft(startOf(node), before);
  edited.appendLeft(endOf(node), after);
}

/** False if the only use is none of those that `addAuthRoutes` makes. */
function takeOut(edited: MagicString, source: Source, name: string): boolean {
  const exported = defaultExport(source.program);
  if (!exported) return false;
  const outer = withoutTypes(exported);
  const inner = wrapped(outer, name);
  if (inner) {
    edited.remove(startOf(outer), startOf(inner));
    edited.remove(endOf(inner), endOf(outer));
    return true;
  }
  const target = targetIn(source.program);
  if (typeof target === "string" || target.kind !== "array") return false;
  const spread = target.list.items.find((item) => isSpreadOf(item, name));
  if (spread) removeItem(edited, source, target.list, spread);
  return spread !== undefined;
}

/** What stood there before `wrap`, or null. */
function wrapped(node: Expression, name: string): Node | null {
  if (node.type === "ArrayExpression") {
    const [first, second, ...others] = node.elements;
    if (others.length > 0 || second?.type !== "SpreadElement" || !isSpreadOf(first, name))
      return null;
    return awaitedIn(second.argument)?.argument ?? null;
  }
  if (node.type !== "CallExpression" || node.callee.type !== "MemberExpression") return null;
  const [argument, ...others] = node.arguments;
  const { object, property } = node.callee;
  if (!argument || others.length > 0 || nameOf(property) !== "concat") return null;
  if (nameOf(object) === name) return argument.type === "AwaitExpression" ? argument : null;
  return nameOf(argument) === name && awaitedIn(object as Expression) ? object : null;
}

function awaitedIn(node: Expression): AwaitExpression | null {
  if (node.type !== "ParenthesizedExpression") return null;
  return node.expression.type === "AwaitExpression" ? node.expression : null;
}

/** In front of a catch-all at the end: React Router does not mind, but a reader expects it last. */
export function placeIn({ items }: List): number {
  const last = items.at(-1);
  return last && isCatchAll(last) ? items.length - 1 : items.length;
}

function isCatchAll(item: Node): boolean {
  const path =
    item.type === "CallExpression" && nameOf(item.callee) === "route"
      ? item.arguments[0]
      : item.type === "ObjectExpression" && propertyOf(item, "path");
  return Boolean(path) && ["*", "/*"].includes(nameOf(path as Node) ?? "");
}

function isSpreadOf(item: Node | null | undefined, name: string): boolean {
  return item?.type === "SpreadElement" && nameOf(item.argument) === name;
}

function taken(program: Program): string {
  const [other] = importsNamed(program, NAME);
  const from = other ? ` from "${other.declaration.source.value}"` : "";
  return `This file has another ${NAME}${from}: import ours under another name and spread it into the exported list.`;
}

const pasted = (specifier: string): string =>
  `import { ${NAME} } from "${specifier}";\n\n  ...${NAME},`;
