import type { ComponentProps } from "react";

export type PasskeyListProps = ComponentProps<"ul">;

/** The user's passkeys: a `<ul>` of PasskeyItems. */
export function PasskeyList(props: PasskeyListProps) {
  return <ul data-slot="passkey-list" {...props} />;
}
