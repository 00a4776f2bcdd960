import type {
  ExportDefaultDeclaration,
  Expression,
  Node,
  ObjectExpression,
  Program,
} from "@babel/types";

/** What a module exports by default, as written; null for a re-export, a function, a class, or nothing. */
export function defaultExport(program: Program): Expression | null {
  for (const statement of program.body) {
    if (statement.type === "ExportDefaultDeclaration") {
      const { declaration } = statement;
      return isValue(declaration) ? declaration : null;
    }
    if (statement.type === "ExportNamedDeclaration" && !statement.source) {
      const named = statement.specifiers.find(
        (one) => one.type === "ExportSpecifier" && nameOf(one.exported) === "default",
      );
      if (named?.type === "ExportSpecifier") return named.local as Expression;
    }
  }
  return null;
}

function isValue(node: ExportDefaultDeclaration["declaration"]): node is Expression {
  return !/^(Function|Class|TSDeclare|TSInterface|TSEnum)\w*Declaration$|^TSDeclareFunction$/.test(
    node.type,
  );
}

/** The value of a top-level `const`, `let` or `var`, exported or not. */
export function localValue({ body }: Program, name: string): Expression | null {
  const declarations = body
    .map((one) => (one.type === "ExportNamedDeclaration" ? one.declaration : one))
    .flatMap((one) => (one?.type === "VariableDeclaration" ? one.declarations : []));
  const found = declarations.find(({ id }) => id.type === "Identifier" && id.name === name);
  return found?.init ?? null;
}

/** Without `satisfies`, `as`, `!` and the like, which say nothing about the value. */
export function withoutTypes(node: Expression): Expression {
  let inner = node;
  while (
    inner.type === "TSSatisfiesExpression" ||
    inner.type === "TSAsExpression" ||
    inner.type === "TSNonNullExpression" ||
    inner.type === "TSTypeAssertion"
  ) {
    inner = inner.expression;
  }
  return inner;
}

/** Without types and parentheses. */
export function unwrapped(node: Expression): Expression {
  const inner = withoutTypes(node);
  return inner.type === "ParenthesizedExpression" ? unwrapped(inner.expression) : inner;
}

/** The object a config file exports by default: a literal, a constant, or the argument of `defineConfig(…)`. */
export function configObject(program: Program): ObjectExpression | null {
  const exported = defaultExport(program);
  return exported && objectIn(program, exported);
}

function objectIn(program: Program, node: Expression): ObjectExpression | null {
  const value = unwrapped(node);
  if (value.type === "ObjectExpression") return value;
  if (value.type === "Identifier") {
    const local = localValue(program, value.name);
    return local && objectIn(program, local);
  }
  const argument = value.type === "CallExpression" ? value.arguments[0] : undefined;
  return argument && isExpression(argument) ? objectIn(program, argument) : null;
}

/** The value of a property with a plain name. */
export function propertyOf(object: ObjectExpression, name: string): Expression | null {
  for (const property of object.properties) {
    if (property.type !== "ObjectProperty" || property.computed) continue;
    if (nameOf(property.key) === name) return property.value as Expression;
  }
  return null;
}

/** The name in an identifier or a string. */
export function nameOf(node: Node): string | null {
  if (node.type === "Identifier") return node.name;
  return node.type === "StringLiteral" ? node.value : null;
}

function isExpression(node: Node): node is Expression {
  return node.type !== "SpreadElement" && node.type !== "ArgumentPlaceholder";
}
