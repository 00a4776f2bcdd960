import MagicString from "magic-string";
import { nameOf, propertyOf } from "./default-export.ts";
import { changed, type Edit } from "./edit.ts";
import { literal, readJson } from "./json.ts";
import { isOlder } from "./range.ts";
import { endOf, startOf } from "./source.ts";

const SECTIONS = ["dependencies", "devDependencies", "optionalDependencies"];

/** Raises packages that are named already to these ranges. What is newer, or no plain range, stays as it is. */
export function raiseInPackageJson(text: string, ranges: Record<string, string>): Edit {
  const json = readJson(text);
  if (!json) return { status: "same" };
  const edited = new MagicString(text);
  for (const section of SECTIONS) {
    const object = propertyOf(json.root, section);
    if (object?.type !== "ObjectExpression") continue;
    for (const property of object.properties) {
      if (property.type !== "ObjectProperty") continue;
      const [wanted, value] = [ranges[nameOf(property.key) ?? ""], literal(property.value)];
      if (wanted === undefined || typeof value !== "string" || !isOlder(value, wanted)) continue;
      edited.overwrite(startOf(property.value), endOf(property.value), JSON.stringify(wanted));
    }
  }
  return changed(text, edited.toString());
}
