import type { ObjectExpression, ObjectProperty } from "@babel/types";
import MagicString from "magic-string";
import { nameOf, propertyOf } from "./default-export.ts";
import { byHand, changed, type Edit } from "./edit.ts";
import { type JsonText, literal, readJson } from "./json.ts";
import { insertItem, listOf, removeItem } from "./list.ts";
import { endOf, eolOf, indentUnit, startOf } from "./source.ts";

/** What goes into package.json, and comes out again as long as it is unchanged. */
export interface PackageChanges {
  dependencies: Record<string, string>;
  devDependencies: Record<string, string>;
  scripts: Record<string, string>;
}

/** In the order in which they usually stand. */
const SECTIONS = ["scripts", "dependencies", "devDependencies"] as const;
type Section = (typeof SECTIONS)[number];

/** A package named in any of these is installed already, in whatever version its owner chose. */
const INSTALLING = ["dependencies", "devDependencies", "optionalDependencies"];

interface Entry {
  section: Section;
  key: string;
  value: string;
}

/** Adds what is missing. A package or script that is there stays as it is, whatever its version or command. */
export function addToPackageJson(text: string, changes: PackageChanges): Edit {
  return editEach(text, changes, (json, entry) => {
    const sections = entry.section === "scripts" ? ["scripts"] : INSTALLING;
    return sections.some((name) => hasKey(json, name, entry.key)) ? null : added(json, entry);
  });
}

/** Takes out what still is as `addToPackageJson` wrote it, and a section that is empty then. */
export function removeFromPackageJson(text: string, changes: PackageChanges): Edit {
  return editEach(text, changes, (json, { section, key, value }) => {
    const object = propertyOf(json.root, section);
    if (object?.type !== "ObjectExpression") return null;
    return literal(propertyOf(object, key)) === value ? removed(json, { object, key }) : null;
  });
}

function editEach(
  text: string,
  changes: PackageChanges,
  edit: (json: JsonText, entry: Entry) => string | null,
): Edit {
  const entries = SECTIONS.flatMap((section) =>
    Object.entries(changes[section]).map(([key, value]) => ({ section, key, value })),
  );
  let current = text;
  for (const entry of entries) {
    const json = isJson(current) ? readJson(current) : null;
    if (!json || !hasPlainSections(json)) {
      return byHand(
        "This package.json is not as npm wants it, so it was left alone: it needs these.",
        pasted(changes),
      );
    }
    current = edit(json, entry) ?? current;
  }
  return changed(text, current);
}

function added(json: JsonText, { section, key, value }: Entry): string {
  const { text, root } = json;
  const edited = new MagicString(text);
  const item = `${JSON.stringify(key)}${colonOf(json)}${JSON.stringify(value)}`;
  const object = propertyOf(root, section);
  if (object?.type !== "ObjectExpression") {
    const property = `${JSON.stringify(section)}${colonOf(json)}${block(text, item)}`;
    insertItem(edited, json, listOf(root)!, { index: placeOf(root, section), item: property });
  } else if (object.properties.length === 0) {
    edited.overwrite(startOf(object), endOf(object), block(text, item));
  } else {
    const keys = object.properties.map((one) => nameOf((one as ObjectProperty).key) ?? "");
    insertItem(edited, json, listOf(object)!, { index: sortedIndex(keys, key), item });
  }
  return edited.toString();
}

function removed(
  json: JsonText,
  { object, key }: { object: ObjectExpression; key: string },
): string {
  const edited = new MagicString(json.text);
  const isLast = object.properties.length === 1;
  const parent = isLast ? json.root : object;
  const item = parent.properties.find(
    (one) =>
      one.type === "ObjectProperty" && (isLast ? one.value === object : nameOf(one.key) === key),
  );
  if (item) removeItem(edited, json, listOf(parent)!, item);
  return edited.toString();
}

/** A section of one entry, on lines of its own unless the whole file is one line. */
function block(text: string, item: string): string {
  if (!text.trim().includes("\n")) return `{ ${item} }`;
  const eol = eolOf(text);
  const unit = indentUnit(text);
  return `{${eol}${unit}${unit}${item}${eol}${unit}}`;
}

/** Behind the sections that usually come before it, else in front of those that come after, else last. */
function placeOf(root: ObjectExpression, section: Section): number {
  const names = root.properties.map((one) => nameOf((one as ObjectProperty).key));
  const rank = SECTIONS.indexOf(section);
  const before = SECTIONS.slice(0, rank).map((name) => names.indexOf(name));
  const after = SECTIONS.slice(rank + 1).map((name) => names.indexOf(name));
  if (Math.max(-1, ...before) >= 0) return Math.max(...before) + 1;
  return after.find((index) => index >= 0) ?? names.length;
}

/** npm sorts by language, others by code; a list in neither order gets its new entry at the end. */
function sortedIndex(keys: string[], key: string): number {
  const orders = [
    (one: string, other: string) => (one < other ? -1 : one > other ? 1 : 0),
    (one: string, other: string) => one.localeCompare(other, "en"),
  ];
  const order = orders.find((by) =>
    keys.every((one, at) => at === 0 || by(keys[at - 1]!, one) < 0),
  );
  const index = order ? keys.findIndex((one) => order(one, key) > 0) : -1;
  return index === -1 ? keys.length : index;
}

/** What stands between a key and its value in this file. */
function colonOf({ text, root }: JsonText): string {
  const [first] = root.properties;
  if (first?.type !== "ObjectProperty") return ": ";
  return text.slice(endOf(first.key), startOf(first.value));
}

function hasKey({ root }: JsonText, section: string, key: string): boolean {
  const object = propertyOf(root, section);
  return object?.type === "ObjectExpression" && propertyOf(object, key) !== null;
}

function hasPlainSections({ root }: JsonText): boolean {
  return SECTIONS.every(
    (name) => (propertyOf(root, name)?.type ?? "ObjectExpression") === "ObjectExpression",
  );
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text.replace(/^\uFEFF/, ""));
    return true;
  } catch {
    return false;
  }
}

function pasted(changes: PackageChanges): string {
  const named = SECTIONS.filter((section) => Object.keys(changes[section]).length > 0);
  return JSON.stringify(Object.fromEntries(named.map((name) => [name, changes[name]])), null, 2);
}
