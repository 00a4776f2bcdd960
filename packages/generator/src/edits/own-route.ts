import MagicString from "magic-string";
import { byHand, changedModule, type Edit, syntaxError } from "./edit.ts";
import { addNamedImport, importFrom } from "./imports.ts";
import { insertItem } from "./list.ts";
import { placeIn, targetIn } from "./routes.ts";
import { readSource } from "./source.ts";

const FROM = "@react-router/dev/routes";

/** Adds one route of the user's own to the exported list, in front of a catch-all. */
export function addRoute(text: string, { path, file }: { path: string; file: string }): Edit {
  const item = `route("${path}", "${file}")`;
  const source = readSource(text);
  if (!source) return syntaxError(item);
  if (text.includes(`"${file}"`) || text.includes(`'${file}'`)) return { status: "same" };
  const target = targetIn(source.program);
  if (typeof target === "string") return byHand(target, item);
  if (target.kind !== "array") return byHand("The routes are no list: add this one to them.", item);
  const edited = new MagicString(text);
  const known = importFrom(source.program, { name: "route", from: FROM });
  const named = known ? item.replace("route", known.local) : item;
  insertItem(edited, source, target.list, { index: placeIn(target.list), item: named });
  if (!known) addNamedImport(edited, source, { name: "route", from: FROM });
  return changedModule(edited, item);
}
