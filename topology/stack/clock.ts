import { globSync } from "node:fs";

/** Debian's libfaketime, in the variant for programs with threads. */
const LIBRARY = "/usr/lib/*-linux-gnu/faketime/libfaketimeMT.so.1";

/** What makes a node's clock wrong by so many seconds; null where libfaketime is not installed. */
export function wrongClock(seconds: number): { env: NodeJS.ProcessEnv } | null {
  const [library] = globSync(LIBRARY);
  if (!library) return null;
  const shift = `${seconds < 0 ? "" : "+"}${seconds}`;
  // The monotonic clock stays right, as it does on a machine whose wall clock is off.
  return {
    env: { LD_PRELOAD: library, FAKETIME: shift, FAKETIME_DONT_FAKE_MONOTONIC: "1" },
  };
}
