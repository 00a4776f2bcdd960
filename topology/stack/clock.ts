import { existsSync } from "node:fs";

/** Debian's libfaketime, in the variant for programs with threads. */
const LIBRARY = "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1";

const PRELOAD = new URL("../preload/shift-clock.ts", import.meta.url).href;

/** What makes a node's clock wrong by so many seconds: libfaketime where it is installed, else `Date` alone is shifted. */
export function wrongClock(seconds: number): { env: NodeJS.ProcessEnv; flags: string[] } {
  const shift = `${seconds < 0 ? "" : "+"}${seconds}`;
  if (!existsSync(LIBRARY)) return { env: { CLOCK_SHIFT: shift }, flags: ["--import", PRELOAD] };
  // The monotonic clock stays right, as it does on a machine whose wall clock is off.
  const env = { LD_PRELOAD: LIBRARY, FAKETIME: shift, FAKETIME_DONT_FAKE_MONOTONIC: "1" };
  return { env, flags: [] };
}
