import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const packages = fileURLToPath(new URL("../../../fixtures/rr-app/node_modules/", import.meta.url));

/** A complete file in a page of the docs: a block of TypeScript whose first line names it. */
export interface CodeBlock {
  path: string;
  text: string;
}

export function codeBlocks(page: string): CodeBlock[] {
  return [...page.matchAll(/^```tsx?\n(\/\/ (\S+\.tsx?)\n[\s\S]*?)^```$/gm)].map(
    ([, text = "", path = ""]) => ({ path, text }),
  );
}

/** What TypeScript says about these files as one app, with our packages read from their source; "" when it is content. */
export async function typeErrors(blocks: CodeBlock[]): Promise<string> {
  // Where an app of this repository stands, so that its packages are found.
  const cache = join(packages, ".cache");
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(cache, "docs-"));
  try {
    return (await makeRouteTypes(folder, blocks)) || (await check(folder, blocks));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function makeRouteTypes(folder: string, blocks: CodeBlock[]): Promise<string> {
  for (const { path, text } of blocks) write(folder, path, text);
  write(folder, "package.json", PACKAGE);
  // The pages mount some routes and leave the rest to the reader; types are made for mounted ones only.
  write(folder, "app/routes.ts", mountAll(blocks));
  // The real one loads our preset, which need not be built when this runs.
  write(folder, "react-router.config.ts", "export default {};\n");
  return run(folder, "@react-router/dev/bin.cjs", "typegen");
}

function check(folder: string, blocks: CodeBlock[]): Promise<string> {
  for (const { path, text } of blocks) write(folder, path, text);
  write(folder, "tsconfig.json", TSCONFIG);
  return run(folder, "typescript/bin/tsc");
}

const PACKAGE = JSON.stringify({ type: "module", dependencies: { isbot: "*" } });

const TSCONFIG = JSON.stringify({
  extends: fileURLToPath(new URL("../../../tsconfig.base.json", import.meta.url)),
  compilerOptions: {
    customConditions: ["auth-rr-source"],
    types: ["node", "vite/client"],
    rootDirs: [".", "./.react-router/types"],
    paths: { "~/*": ["./app/*"] },
  },
  include: ["app", "test", "*.config.ts", ".react-router/types/**/*"],
});

function mountAll(blocks: CodeBlock[]): string {
  const files = blocks.map(({ path }) => /^app\/(routes\/.+)$/.exec(path)?.[1]).filter(Boolean);
  const routes = files.map((file, index) => `route("${index}", "${file}")`);
  return `import { route } from "@react-router/dev/routes";\nexport default [${routes.join(", ")}];\n`;
}

/** What a program printed when it failed, "" when it did not. */
function run(cwd: string, program: string, ...args: string[]): Promise<string> {
  return new Promise((resolve) => {
    execFile(process.execPath, [join(packages, program), ...args], { cwd }, (error, out, err) =>
      resolve(error ? out + err || error.message : ""),
    );
  });
}

function write(folder: string, path: string, text: string): void {
  const file = join(folder, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}
