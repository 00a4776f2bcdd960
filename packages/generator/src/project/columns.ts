import type { CallExpression, Node, ObjectExpression } from "@babel/types";
import { localValue, nameOf } from "../edits/default-export.ts";
import { readSource, type Source, textOf } from "../edits/source.ts";
import { nodesIn } from "../edits/walk.ts";

/** What the code says of each column of a table, by the name the code gives it; null where that cannot be read. */
export function columnsIn(text: string, table: string): Map<string, string> | null {
  const source = readSource(text);
  const value = source && localValue(source.program, table);
  if (!source || !value) return null;
  const calls = [...nodesIn(value)].filter((node) => node.type === "CallExpression");
  const call = calls.find((one) => columnsOf(one) !== null);
  const columns = call && columnsOf(call);
  return columns ? textsOf(source, columns) : null;
}

/** `pgTable("users", { … })`, and `pgTable("users", (t) => ({ … }))`. */
function columnsOf({ arguments: given }: CallExpression): ObjectExpression | null {
  const [name, columns] = given;
  if (name?.type !== "StringLiteral" || !columns) return null;
  return objectIn(columns.type === "ArrowFunctionExpression" ? columns.body : columns);
}

function objectIn(node: Node): ObjectExpression | null {
  if (node.type === "ParenthesizedExpression") return objectIn(node.expression);
  return node.type === "ObjectExpression" ? node : null;
}

function textsOf(source: Source, { properties }: ObjectExpression): Map<string, string> {
  return new Map(
    properties.flatMap((one): [string, string][] => {
      const key = one.type === "ObjectProperty" ? nameOf(one.key) : null;
      return one.type === "ObjectProperty" && key ? [[key, textOf(source, one.value)]] : [];
    }),
  );
}
