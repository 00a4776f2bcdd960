import type { ImportDeclaration, Program } from "@babel/types";
import { defaultExport, localValue, nameOf, unwrapped } from "../edits/default-export.ts";
import { importsOf } from "../edits/imports.ts";
import { readSource } from "../edits/source.ts";
import { nodesIn } from "../edits/walk.ts";

/**
 * How an app finds its routes. "discovering" is a convention that may find files in nested folders, too, so that routes
 * which are also listed would be there twice; "unknown" could not be read.
 */
export type RoutesShape = "explicit" | "flat-routes" | "discovering" | "unknown" | "none";

/** The shape of a routes file, by which packages' functions it calls; null is no file. */
export function routesShapeOf(text: string | null): RoutesShape {
  if (text === null) return "none";
  const source = readSource(text);
  if (!source) return "unknown";
  const { program } = source;
  const called = callsIn(program);
  const sources = importsOf(program)
    .filter((one) => one.specifiers.some(({ local }) => called.has(local.name)))
    .map(kindOf);
  if (sources.includes("discovering")) return "discovering";
  if (sources.includes("flat-routes")) return "flat-routes";
  return isList(program) ? "explicit" : "unknown";
}

function callsIn(program: Program): Set<string> {
  const names = [...nodesIn(program)].map((node) => {
    if (node.type !== "CallExpression") return null;
    const { callee } = node;
    return nameOf(callee.type === "MemberExpression" ? callee.object : callee);
  });
  return new Set(names.filter((name) => name !== null));
}

/** React Router's own helpers find nothing, and neither do files of the app as far as anybody can know. */
function kindOf({ source }: ImportDeclaration): RoutesShape {
  if (source.value === "@react-router/fs-routes") return "flat-routes";
  if (
    source.value === "@react-router/dev/routes" ||
    /^([.#~]|[@$]\/|node:(?!fs))/.test(source.value)
  )
    return "explicit";
  return "discovering";
}

function isList(program: Program): boolean {
  const exported = defaultExport(program);
  const value = exported && unwrapped(exported);
  const list = value?.type === "Identifier" ? localValue(program, value.name) : value;
  return list != null && unwrapped(list).type === "ArrayExpression";
}
