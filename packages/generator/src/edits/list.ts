import type { ArrayExpression, Node, ObjectExpression } from "@babel/types";
import type MagicString from "magic-string";
import {
  breakBefore,
  endOf,
  endOfRemarks,
  eolOf,
  indentAt,
  indentUnit,
  lineEnd,
  type Parsed,
  skipTrivia,
  startOf,
} from "./source.ts";

/** Things between commas: an array, an object, the names of an import. */
export interface List {
  /** Offset of the opening bracket. */
  open: number;
  /** Offset of the closing bracket. */
  close: number;
  items: Node[];
}

/** Null for an array with holes, which nobody edits by intent. */
export function listOf(node: ArrayExpression | ObjectExpression): List | null {
  const items = node.type === "ArrayExpression" ? node.elements : node.properties;
  if (items.some((item) => item === null)) return null;
  return { open: startOf(node), close: endOf(node) - 1, items: items as Node[] };
}

/** Puts `item` at `index`, the way the list is written: on a line of its own or not, with a last comma or not. */
export function insertItem(
  edited: MagicString,
  source: Parsed,
  list: List,
  { index, item }: { index: number; item: string },
): void {
  const before = list.items[index - 1];
  const first = list.items[0];
  if (before) insertAfter(edited, source, list, { before, item });
  else if (first) insertFirst(edited, source, list, { first, item });
  else insertOnly(edited, source, list, item);
}

/** Takes out what `insertItem` put in, and leaves the text as it was before. */
export function removeItem(edited: MagicString, source: Parsed, list: List, item: Node): void {
  const index = list.items.indexOf(item);
  const before = list.items[index - 1];
  const next = list.items[index + 1];
  const comma = commaAfter(source, item);
  const line = breakBefore(source.text, startOf(item));
  if (line !== null && !(next && sharesLine(source.text, item, next))) {
    edited.remove(line, comma === null ? endOf(item) : comma + 1);
    const separator = before && comma === null ? commaAfter(source, before) : null;
    if (separator !== null) edited.remove(separator, separator + 1);
  } else if (before) {
    const separator = commaAfter(source, before) as number;
    if (comma === null) edited.remove(separator, endOf(item));
    else edited.remove(separator + 1, comma + 1);
  } else if (next) edited.remove(startOf(item), startOf(next));
  else removeOnly(edited, source, list);
}

function insertAfter(
  edited: MagicString,
  source: Parsed,
  list: List,
  { before, item }: { before: Node; item: string },
): void {
  const { text } = source;
  const comma = commaAfter(source, before);
  const end = comma === null ? endOf(before) : comma + 1;
  const next = list.items[list.items.indexOf(before) + 1];
  const ownLine =
    breakBefore(text, startOf(before)) !== null &&
    breakBefore(text, next ? startOf(next) : list.close) !== null;
  if (comma === null) edited.appendLeft(end, ",");
  const last = comma === null ? "" : ",";
  if (!ownLine) edited.appendLeft(end, ` ${item}${last}`);
  else {
    const indent = indentAt(text, startOf(before));
    edited.appendLeft(endOfRemarks(source, end), `${eolOf(text)}${indent}${item}${last}`);
  }
}

function insertFirst(
  edited: MagicString,
  source: Parsed,
  list: List,
  { first, item }: { first: Node; item: string },
): void {
  const { text } = source;
  const opened = endOfRemarks(source, list.open + 1);
  if (breakBefore(text, startOf(first)) === null || opened !== lineEnd(text, list.open)) {
    edited.appendLeft(startOf(first), `${item}, `);
  } else {
    const indent = indentAt(text, startOf(first));
    edited.appendLeft(opened, `${eolOf(text)}${indent}${item},`);
  }
}

function insertOnly(edited: MagicString, { text }: Parsed, list: List, item: string): void {
  const inside = text.slice(list.open + 1, list.close);
  if (inside.includes("\n")) {
    const indent = indentAt(text, list.close) + indentUnit(text);
    const end = list.open + 1 + inside.trimEnd().length;
    edited.appendLeft(end, `${eolOf(text)}${indent}${item},`);
  } else {
    const pad = text[list.open] === "{" ? " " : "";
    edited.appendLeft(list.open + 1, `${pad}${item}${pad}`);
  }
}

function removeOnly(edited: MagicString, source: Parsed, list: List): void {
  const item = list.items[0] as Node;
  const comma = commaAfter(source, item);
  const inside = source.text.slice(list.open + 1, list.close);
  const padded = source.text[list.open] === "{" && inside.trim().length + 2 === inside.length;
  if (padded) edited.remove(list.open + 1, list.close);
  else edited.remove(startOf(item), comma === null ? endOf(item) : comma + 1);
}

function commaAfter(source: Parsed, item: Node): number | null {
  const position = skipTrivia(source, endOf(item));
  return source.text[position] === "," ? position : null;
}

function sharesLine(text: string, item: Node, next: Node): boolean {
  return !text.slice(endOf(item), startOf(next)).includes("\n");
}
