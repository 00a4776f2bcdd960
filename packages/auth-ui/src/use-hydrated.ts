import { useSyncExternalStore } from "react";

/** False on the server and while React takes over its HTML, true from then on: a part that needs JavaScript waits for it. */
export function useHydrated(): boolean {
  return useSyncExternalStore(
    neverChanges,
    () => true,
    () => false,
  );
}

const neverChanges = () => () => {};
