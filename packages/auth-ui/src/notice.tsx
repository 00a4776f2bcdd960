import type { ComponentProps } from "react";

export type NoticeProps = ComponentProps<"div">;

/** Neutral or good news: a `<div role="status">`, or nothing without children. It leaves the focus where it is. */
export function Notice(props: NoticeProps) {
  return props.children ? <div data-slot="notice" {...props} role="status" /> : null;
}
