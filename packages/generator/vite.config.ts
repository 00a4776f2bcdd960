import { defineConfig } from "vite";

/** One file for each entry with everything in it, so that `npx auth-rr` downloads one small package. */
export default defineConfig({
  build: {
    ssr: true,
    target: "node22",
    outDir: "dist",
    rolldownOptions: {
      input: { cli: "src/cli.ts", plop: "src/plop/plopfile.ts" },
      output: { entryFileNames: "[name].js", chunkFileNames: "[name].js" },
    },
  },
  ssr: { noExternal: true },
});
