import { defineConfig } from "vitest/config";

/** Real apps outside the repository, made from packed packages: slow, and run by CI alone. */
export default defineConfig({
  test: {
    name: "apps",
    include: ["apps/**/*.test.ts"],
    globalSetup: "apps/packed.ts",
    fileParallelism: false,
    testTimeout: 240_000,
    hookTimeout: 240_000,
    bail: 1,
  },
});
