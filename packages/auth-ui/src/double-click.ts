import type { MouseEvent } from "react";

/** Whether the click is the second half of a double click, which some people make on everything; the first half was meant. */
export function isSecondOfDoubleClick({ detail: clicks }: MouseEvent): boolean {
  return clicks > 1;
}
