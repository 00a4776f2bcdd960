import { execFile } from "node:child_process";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { build } from "vite";
import { shuffled } from "./compare.ts";
import { median, quantile, type Ratio, timesOf } from "./statistics.ts";
import type { Row } from "./table.ts";

const FOLDER = fileURLToPath(new URL(".", import.meta.url));
const BUNDLES = `${FOLDER}app/build/cold-start`;

/** What is imported before, and what then counts. */
const CASES: Record<Case, [before: string, counted: string[]]> = {
  core: ["react-router", ["@auth-rr/auth", "@auth-rr/auth/schema"]],
  drizzle: ["react-router", ["drizzle-orm", "drizzle-orm/pg-core"]],
  bundled: ["node:fs", [bundle("cold-start-house")]],
  betterAuth: ["react-router", ["better-auth", "better-auth/adapters/drizzle"]],
  betterAuthBundled: ["node:fs", [bundle("cold-start-better-auth")]],
};

type Case = "core" | "drizzle" | "bundled" | "betterAuth" | "betterAuthBundled";

/** P12: milliseconds until the modules stand, each time in a new process. */
export async function coldStart({ rounds }: { rounds: number }): Promise<Row[]> {
  await bundleAll();
  const names = Object.keys(CASES) as Case[];
  const times = Object.fromEntries(names.map((name) => [name, []])) as unknown as Record<
    Case,
    number[]
  >;
  for (let round = 0; round < rounds; round += 1) {
    for (const name of shuffled(names)) times[name].push(await importTime(...CASES[name]));
  }
  const row = (goal: string, what: string, name: Case, asked: Row["asked"] = null): Row => ({
    ...{ goal, what, asked, measured: spread(times[name]), unit: "ms" },
  });
  return [
    row("P12", "import of the core, unbundled, after React Router", "core", { atMost: 60 }),
    row("–", "… `drizzle-orm` and `drizzle-orm/pg-core` alone", "drizzle"),
    row("–", "… Better Auth and its drizzle adapter", "betterAuth"),
    row("P12", "start of a bundled server with passwords", "bundled", { atMost: 150 }),
    {
      goal: "–",
      what: "… a bundled server with Better Auth: times that",
      asked: null,
      measured: timesOf(times.betterAuthBundled, times.bundled),
    },
  ];
}

function bundle(entry: string): string {
  return pathToFileURL(`${BUNDLES}/${entry}.mjs`).href;
}

async function bundleAll(): Promise<void> {
  for (const entry of ["cold-start-house", "cold-start-better-auth"]) {
    await build({
      root: FOLDER,
      configFile: false,
      logLevel: "error",
      ssr: { noExternal: true, external: ["@node-rs/argon2"] },
      build: {
        ssr: `${FOLDER}${entry}.ts`,
        outDir: BUNDLES,
        emptyOutDir: false,
        rollupOptions: { output: { entryFileNames: "[name].mjs" } },
      },
    });
  }
}

async function importTime(before: string, counted: string[]): Promise<number> {
  const script = `await import(${JSON.stringify(before)});
    const start = performance.now();
    for (const name of ${JSON.stringify(counted)}) await import(name);
    process.stdout.write(String(performance.now() - start), () => process.exit());`;
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ["--input-type=module", "-e", script],
    { cwd: FOLDER, env: { ...process.env, NODE_ENV: "production" } },
  );
  return Number(stdout);
}

function spread(times: number[]): Ratio {
  return { median: median(times), best: quantile(times, 0.25) };
}
