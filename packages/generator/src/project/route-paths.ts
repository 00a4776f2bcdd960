import type { CallExpression, Expression, Node, Program } from "@babel/types";
import {
  defaultExport,
  localValue,
  nameOf,
  propertyOf,
  unwrapped,
} from "../edits/default-export.ts";
import { importedName, importsOf } from "../edits/imports.ts";
import { literal } from "../edits/json.ts";
import { readSource } from "../edits/source.ts";
import { childrenOf, nodesIn } from "../edits/walk.ts";

/**
 * The paths of the routes that a module lists as `route("…")` and `prefix("…")`, by default the list it exports: "/login".
 * Those of other files and those that are computed are not known.
 */
export function pathsIn(text: string, list?: string): Set<string> {
  const program = readSource(text)?.program;
  const start = program && (list ? localValue(program, list) : defaultExport(program));
  if (!program || !start) return new Set();
  return new Set(below(start, "", { program, names: importedAs(program), open: new Set() }));
}

/** The folder that `flatRoutes()` looks into, inside the app's; null where it is not called. */
export function flatRoutesFolder(text: string): string | null {
  const program = readSource(text)?.program;
  const calls = program
    ? [...nodesIn(program)].filter((node) => node.type === "CallExpression")
    : [];
  const call = calls.find(({ callee }) => nameOf(callee) === "flatRoutes");
  if (!call) return null;
  const [options] = call.arguments;
  const folder =
    options?.type === "ObjectExpression" ? literal(propertyOf(options, "rootDirectory")) : null;
  return typeof folder === "string" ? folder : "routes";
}

/** The path that `flatRoutes()` gives to a file or folder of this name; null where its name adds nothing to the path. */
export function flatRoutePath(name: string): string | null {
  const words = name.replace(/\.[cm]?[jt]sx?$/, "").split(".");
  const segments = words.filter((word) => !word.startsWith("_"));
  if (segments.length === 0) return null;
  return joined("", segments.map((word) => word.replace(/_$/, "")).join("/"));
}

interface Module {
  program: Program;
  /** What the module calls `route` and `prefix`. */
  names: Map<string, string>;
  /** The constants that are being read, so that none is read inside itself. */
  open: ReadonlySet<string>;
}

function below(node: Node, base: string, module: Module): string[] {
  if (node.type === "Identifier") return inConstant(node.name, base, module);
  if (node.type === "CallExpression") return inCall(node, base, module);
  return childrenOf(node).flatMap((child) => below(child, base, module));
}

function inConstant(name: string, base: string, module: Module): string[] {
  const value: Expression | null = module.open.has(name) ? null : localValue(module.program, name);
  const open = new Set([...module.open, name]);
  return value ? below(unwrapped(value), base, { ...module, open }) : [];
}

/** Helpers that are not React Router's leave the path as it is, as far as anybody can know. */
function inCall({ callee, arguments: given }: CallExpression, base: string, module: Module) {
  const called = nameOf(callee.type === "MemberExpression" ? callee.property : callee) ?? "";
  const helper = module.names.get(called) ?? called;
  const named = ["route", "prefix"].includes(helper) ? literal(given[0]) : "";
  // An id, an option or a file's name holds no route, whatever it is called.
  const path = typeof named === "string" ? joined(base, named) : `${base}/?`;
  const own = helper === "route" && named ? [path] : [];
  return [...own, ...given.flatMap((one) => below(one, path, module))];
}

function importedAs(program: Program): Map<string, string> {
  const specifiers = importsOf(program)
    .filter(({ source }) => source.value === "@react-router/dev/routes")
    .flatMap((one) => one.specifiers.filter(({ type }) => type === "ImportSpecifier"));
  return new Map(
    specifiers.map((one) => [
      one.local.name,
      one.type === "ImportSpecifier" ? (importedName(one) ?? "") : "",
    ]),
  );
}

/** As React Router compares them: one slash between, none at the end, capitals or not. */
function joined(base: string, path: string): string {
  const segments = path.split("/").filter(Boolean);
  return [base, ...segments].join("/").toLowerCase();
}
