import { parseExpression } from "@babel/parser";
import type { Node, ObjectExpression } from "@babel/types";
import { nameOf } from "./default-export.ts";
import type { Parsed } from "./source.ts";

/** A parsed JSON text, comments and last commas forgiven. */
export interface JsonText extends Parsed {
  root: ObjectExpression;
}

/** Null for a text that is no JSON object. */
export function readJson(text: string): JsonText | null {
  try {
    const root = parseExpression(text);
    const comments = root.comments ?? [];
    return root.type === "ObjectExpression" ? { text, root, comments } : null;
  } catch {
    return null;
  }
}

/** The value a literal stands for; undefined for anything that would have to be run. */
export function literal(node: Node | null | undefined): unknown {
  switch (node?.type) {
    case "StringLiteral":
    case "NumericLiteral":
    case "BooleanLiteral":
      return node.value;
    case "NullLiteral":
      return null;
    case "TemplateLiteral":
      return node.expressions.length === 0 ? node.quasis[0]?.value.cooked : undefined;
    case "ArrayExpression":
      return node.elements.map(literal);
    case "ObjectExpression":
      return Object.fromEntries(
        node.properties.flatMap((one) =>
          one.type === "ObjectProperty" ? [[nameOf(one.key), literal(one.value)]] : [],
        ),
      );
    default:
      return undefined;
  }
}
