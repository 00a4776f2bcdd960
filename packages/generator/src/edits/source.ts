import { type ParserPlugin, parse } from "@babel/parser";
import type { Comment, Node, Program } from "@babel/types";

/** A parsed text of the user's: offsets point into it. */
export interface Parsed {
  text: string;
  comments: Comment[];
}

/** A parsed module. */
export interface Source extends Parsed {
  program: Program;
}

/** JSX first: only a file with `<T>value` assertions fails with it, and such a file holds no JSX. */
const DIALECTS: ParserPlugin[][] = [["typescript", "jsx"], ["typescript"]];

/** Null for a text that is no valid module. */
export function readSource(text: string): Source | null {
  for (const plugins of DIALECTS) {
    try {
      const file = parse(text, {
        sourceType: "module",
        createParenthesizedExpressions: true,
        plugins,
      });
      return { text, program: file.program, comments: file.comments ?? [] };
    } catch {}
  }
  return null;
}

/** Offset of the node's first character. */
export const startOf = (node: Node): number => node.start as number;

/** Offset behind the node's last character. */
export const endOf = (node: Node): number => node.end as number;

/** The text of a node as the user wrote it. */
export const textOf = ({ text }: Source, node: Node): string =>
  text.slice(startOf(node), endOf(node));

/** The line ending most of the text has; "\n" for a text of one line. */
export function eolOf(text: string): "\n" | "\r\n" {
  const windows = text.split("\r\n").length - 1;
  return windows > 0 && windows * 2 >= text.split("\n").length - 1 ? "\r\n" : "\n";
}

/** Offset of the line break that ends the line of `position`, or the end of the text. */
export function lineEnd(text: string, position: number): number {
  const newline = text.indexOf("\n", position);
  if (newline === -1) return text.length;
  return newline > position && text[newline - 1] === "\r" ? newline - 1 : newline;
}

/** White space at the start of the line of `position`. */
export function indentAt(text: string, position: number): string {
  const line = text.slice(text.lastIndexOf("\n", position - 1) + 1, position);
  return /^[\t ]*/.exec(line)?.[0] ?? "";
}

/** What one step of indentation is in this text: a tab, or two or four spaces; two spaces when nothing is indented. */
export function indentUnit(text: string): string {
  return /^(\t| {2,8})(?=[^\s*])/m.exec(text)?.[1] ?? "  ";
}

/** Offset of the line break before `position`, if only white space stands between; otherwise null. */
export function breakBefore(text: string, position: number): number | null {
  const at = position - indentAt(text, position).length;
  if (text[at - 1] !== "\n") return null;
  return text[at - 2] === "\r" ? at - 2 : at - 1;
}

/** Offset behind the line break at `position`; `position` itself if there is none. */
export function afterBreak(text: string, position: number): number {
  return position + (/^\r?\n/.exec(text.slice(position, position + 2))?.[0].length ?? 0);
}

/** Offset of the next character that is neither white space nor part of a comment. */
export function skipTrivia({ text, comments }: Parsed, from: number): number {
  let position = from;
  for (;;) {
    while (/\s/.test(text[position] ?? "")) position++;
    const comment = comments.find(({ start }) => start === position);
    if (!comment) return position;
    position = comment.end as number;
  }
}

/** Offset behind the comments that follow on the same line, so that they stay with what they speak of. */
export function endOfRemarks({ text, comments }: Parsed, from: number): number {
  const end = lineEnd(text, from);
  let position = from;
  for (;;) {
    const blank = /^[\t ]*/.exec(text.slice(position, end))?.[0].length ?? 0;
    const comment = comments.find(({ start }) => start === position + blank);
    if (!comment || (comment.end as number) > end) return position + blank === end ? end : from;
    position = comment.end as number;
  }
}
