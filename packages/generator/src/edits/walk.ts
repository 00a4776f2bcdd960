import type { Node, Program } from "@babel/types";

/** What hangs on a node without being code. */
const NOT_CODE = new Set(["loc", "extra", "leadingComments", "innerComments", "trailingComments"]);

/** Every node under this one, itself first, in the order of the text. */
export function* nodesIn(node: Node): Generator<Node> {
  yield node;
  for (const child of childrenOf(node)) yield* nodesIn(child);
}

/** How often a name of the module is used in its code, where nothing nearer has the same name; its import does not count. */
export function usesOf(node: Node, name: string): number {
  if (node.type === "ImportDeclaration" || hides(node, name)) return 0;
  const isName = node.type === "Identifier" || node.type === "JSXIdentifier";
  const parts = childrenOf(node).filter((child) => !isPropertyName(node, child));
  const own = isName && node.name === name ? 1 : 0;
  return parts.reduce((sum, child) => sum + usesOf(child, name), own);
}

/** Whether the module itself imports or declares a name. */
export function isDeclared({ body }: Program, name: string): boolean {
  return body.some((statement) => {
    if (statement.type === "ImportDeclaration") {
      return statement.specifiers.some(({ local }) => local.name === name);
    }
    return binds(
      statement.type === "ExportNamedDeclaration" ? statement.declaration : statement,
      name,
    );
  });
}

/** What hangs on a node and is code. */
export function childrenOf(node: Node): Node[] {
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

/** A function with such a parameter, or a block with such a constant, means its own. */
function hides(node: Node, name: string): boolean {
  if (node.type === "BlockStatement") return node.body.some((one) => binds(one, name));
  return (
    "params" in node && Array.isArray(node.params) && node.params.some((one) => usesIn(one, name))
  );
}

/** Whether a statement declares a name. */
export function binds(statement: Node | null | undefined, name: string): boolean {
  if (statement?.type === "VariableDeclaration") {
    return statement.declarations.some(({ id }) => usesIn(id, name));
  }
  return (
    statement != null &&
    "id" in statement &&
    statement.id != null &&
    usesIn(statement.id as Node, name)
  );
}

const usesIn = (pattern: Node, name: string): boolean =>
  [...nodesIn(pattern)].some((one) => one.type === "Identifier" && one.name === name);
