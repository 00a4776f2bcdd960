import type { Node } from "@babel/types";

/** What hangs on a node without being code. */
const NOT_CODE = new Set(["loc", "extra", "leadingComments", "innerComments", "trailingComments"]);

/** Every node under this one, itself first, in the order of the text. */
export function* nodesIn(node: Node): Generator<Node> {
  yield node;
  for (const child of childrenOf(node)) yield* nodesIn(child);
}

/** How often a name is used in the code; its import, property names and comments do not count. */
export function usesOf(node: Node, name: string): number {
  if (node.type === "ImportDeclaration") return 0;
  const own =
    node.type === "Identifier" || node.type === "JSXIdentifier" ? node.name === name : false;
  const parts = childrenOf(node).filter((child) => !isPropertyName(node, child));
  return parts.reduce((sum, child) => sum + usesOf(child, name), own ? 1 : 0);
}

function childrenOf(node: Node): Node[] {
  return Object.entries(node)
    .filter(([key]) => !NOT_CODE.has(key))
    .flatMap(([, value]) => (Array.isArray(value) ? value : [value]))
    .filter((value) => typeof value?.type === "string");
}

function isPropertyName(node: Node, child: Node): boolean {
  if (node.type === "JSXAttribute") return child === node.name;
  if (node.type === "MemberExpression" || node.type === "OptionalMemberExpression") {
    return !node.computed && child === node.property;
  }
  return node.type === "ObjectProperty" && !node.computed && !node.shorthand && child === node.key;
}
