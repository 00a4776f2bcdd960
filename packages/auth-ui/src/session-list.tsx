import type { ComponentProps } from "react";

export type SessionListProps = ComponentProps<"ul">;

/** Where the user is logged in: a `<ul>` of SessionItems. */
export function SessionList(props: SessionListProps) {
  return <ul data-slot="session-list" {...props} />;
}
