import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import { Summary } from "./summary.ts";

const inLibrary = (name: string) =>
  fileURLToPath(new URL(`../packages/auth/node_modules/${name}`, import.meta.url));

export default defineConfig({
  // What the tests of the library have installed already.
  resolve: {
    alias: {
      mailparser: inLibrary("mailparser"),
      postgres: inLibrary("postgres"),
      "smtp-server": inLibrary("smtp-server"),
    },
  },
  test: {
    name: "topology",
    // Not "*.test.ts": these take minutes, and need Linux with Debian's servers.
    include: ["*.topology.ts"],
    setupFiles: ["./support/mend.ts"],
    // One process, one stack, one file after the other.
    pool: "forks",
    isolate: false,
    fileParallelism: false,
    sequence: { shuffle: false },
    testTimeout: 180_000,
    hookTimeout: 60_000,
    reporters: ["default", new Summary()],
  },
});
