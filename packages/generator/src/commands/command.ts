import type { Console } from "../console/console.ts";
import type { Flags } from "./flags.ts";

/** How a command ended, and so what the process exits with. */
export const EXIT = {
  done: 0,
  failed: 1,
  usage: 2,
  refused: 3,
  conflicts: 4,
  unhealthy: 5,
} as const;

export type Exit = (typeof EXIT)[keyof typeof EXIT];

export interface Call {
  words: string[];
  flags: Flags;
  console: Console;
  cwd: string;
}

export interface Command {
  /** One line for --help. */
  summary: string;
  usage: string;
  run(call: Call): Promise<Exit>;
}
