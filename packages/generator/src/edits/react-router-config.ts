import type { Node, ObjectExpression } from "@babel/types";
import MagicString from "magic-string";
import { configObject, nameOf, propertyOf, unwrapped } from "./default-export.ts";
import { byHand, changedModule, type Edit, syntaxError } from "./edit.ts";
import { addNamedImport, importFrom, importsNamed, removeNamedImport } from "./imports.ts";
import { insertItem, listOf, removeItem } from "./list.ts";
import { breakBefore, readSource, type Source, startOf } from "./source.ts";

const FLAG = "v8_middleware: true";
const FUTURE = `future: { ${FLAG} }`;
const NAME = "authPreset";
const FROM = "@auth-rr/auth/preset";
const PRESET = `import { ${NAME} } from "${FROM}";\n\n  presets: [${NAME}()],`;

/** React Router 7 runs middleware only with this flag; React Router 8 refuses to start with it. */
export function addMiddlewareFlag(text: string): Edit {
  const source = readSource(text);
  if (!source) return syntaxError(`  ${FUTURE},`);
  const config = configObject(source.program);
  if (!config) return byHand(NO_OBJECT, `  ${FUTURE},`);
  const edited = new MagicString(text);
  const future = propertyOf(config, "future");
  if (!future) return addProperty(edited, source, { config, property: FUTURE });
  const flags = unwrapped(future);
  if (flags.type !== "ObjectExpression")
    return byHand("The value of `future` is made elsewhere: add this to it.", `  ${FLAG},`);
  const flag = propertyOf(flags, "v8_middleware");
  if (flag?.type === "BooleanLiteral" && flag.value) return { status: "same" };
  if (flag)
    return byHand(
      "In `future`, v8_middleware has another value, and no page can be guarded so: set it.",
      `  ${FLAG},`,
    );
  return addProperty(edited, source, { config: flags, property: FLAG });
}

/** Adds `authPreset()` to the presets, which need not exist yet. */
export function addPreset(text: string): Edit {
  const source = readSource(text);
  if (!source) return syntaxError(PRESET);
  const config = configObject(source.program);
  if (!config) return byHand(NO_OBJECT, PRESET);
  const known = importFrom(source.program, { name: NAME, from: FROM });
  const call = `${known?.local ?? NAME}()`;
  const edited = new MagicString(text);
  const presets = propertyOf(config, "presets");
  const array = presets && unwrapped(presets);
  const list = array?.type === "ArrayExpression" ? listOf(array) : null;
  if (presets && !list)
    return byHand("The value of `presets` is made elsewhere: add this to it.", PRESET);
  if (known && list?.items.some((item) => isCall(item, known.local))) return { status: "same" };
  if (!known) addNamedImport(edited, source, { name: NAME, from: FROM });
  if (!list) return addProperty(edited, source, { config, property: `presets: [${call}]` });
  insertItem(edited, source, list, { index: list.items.length, item: call });
  return changedModule(edited, PRESET);
}

/** Takes the preset out again, and the list if nothing else is in it. */
export function removePreset(text: string): Edit {
  const source = readSource(text);
  if (!source) return syntaxError(PRESET);
  const [known] = importsNamed(source.program, NAME);
  if (!known) return { status: "same" };
  const config = configObject(source.program);
  const presets = config && propertyOf(config, "presets");
  const array = presets && unwrapped(presets);
  const list = array?.type === "ArrayExpression" ? listOf(array) : null;
  const item = list?.items.find((one) => isCall(one, known.local));
  if (!config || !list || !item)
    return byHand("Take authPreset() and its import out of this file.", PRESET);
  const edited = new MagicString(text);
  removeNamedImport(edited, source, known);
  const property = config.properties.find((one) => "value" in one && one.value === presets);
  if (list.items.length > 1 || !property || isExplained(source, property))
    removeItem(edited, source, list, item);
  else removeItem(edited, source, listOf(config)!, property);
  return changedModule(edited, PRESET);
}

const NO_OBJECT = "The exported configuration is made elsewhere: add this to it.";

function addProperty(
  edited: MagicString,
  source: Source,
  { config, property }: { config: ObjectExpression; property: string },
): Edit {
  // What is spread into it may have the same property, which ours would hide.
  if (config.properties.some(({ type }) => type === "SpreadElement"))
    return byHand(NO_OBJECT, `  ${property},`);
  const list = listOf(config)!;
  insertItem(edited, source, list, { index: list.items.length, item: property });
  return changedModule(edited, `  ${property},`);
}

const isCall = (node: Node, name: string): boolean =>
  node.type === "CallExpression" && nameOf(node.callee) === name;

/** A comment on the lines above would be left speaking of nothing. */
function isExplained({ text, comments }: Source, property: Node): boolean {
  const line = breakBefore(text, startOf(property));
  return line !== null && comments.some(({ end }) => end === line);
}
