import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseSync } from "vite";

/** What Vitest and Playwright call tests that do not run, or are known to fail. */
const UNHELD = ["skip", "todo", "fixme", "fails", "fail"];

/** Where tests are, by the short name the tables use. */
export const SUITES = {
  auth: { folders: ["packages/auth/src", "packages/auth/test"], ending: /\.test\.ts$/ },
  ui: { folders: ["packages/auth-ui/src"], ending: /\.test\.tsx?$/ },
  generator: { folders: ["packages/generator"], ending: /\.test\.ts$/ },
  app: { folders: ["fixtures/rr-app/test"], ending: /\.test\.tsx?$/ },
  e2e: { folders: ["fixtures/rr-app/e2e"], ending: /\.spec\.ts$/ },
  topology: { folders: ["topology"], ending: /\.topology\.ts$/ },
};

/** The names under which each check is tested: number → "suite/file" → nothing more, for names change more often. */
export function testsByCheck(root) {
  const found = new Map();
  for (const [suite, file, path] of testFiles(root)) {
    for (const number of checksTestedIn(path, readFileSync(path, "utf8"))) {
      if (!found.has(number)) found.set(number, new Set());
      found.get(number).add(`${suite}/${file}`);
    }
  }
  return found;
}

function testFiles(root) {
  return Object.entries(SUITES).flatMap(([suite, { folders, ending }]) =>
    folders.flatMap((folder) =>
      filesUnder(join(root, folder))
        .filter((path) => ending.test(path))
        .map((path) => [suite, path.split("/").at(-1).replace(ending, ""), path]),
    ),
  );
}

function filesUnder(folder) {
  try {
    return readdirSync(folder, { recursive: true })
      .map((name) => join(folder, name))
      .filter((path) => !/\/(node_modules|dist|build)\//.test(path));
  } catch {
    return [];
  }
}

/** The numbers in the names of tests that run; a describe gives its own to the tests in it. */
export function checksTestedIn(path, text) {
  const { program, errors } = parseSync(path, text);
  if (errors.length > 0) throw new Error(`${path} does not parse: ${errors[0].message}`);
  const tested = new Set();
  visit(program, []);
  return tested;

  function visit(node, inherited) {
    if (typeof node !== "object" || node === null) return;
    const call = node.type === "CallExpression" ? readCall(node) : null;
    if (call?.skipped) return;
    const numbers = call ? [...inherited, ...call.numbers] : inherited;
    if (call?.kind === "test") for (const number of numbers) tested.add(number);
    for (const child of Object.values(node)) visit(child, numbers);
  }
}

/** What a call says as a test or a group of tests; null for any other call. */
function readCall({ callee, arguments: args }) {
  const title = titleOf(args[0]);
  const chain = title === null ? [] : chainOf(callee);
  const [name] = chain;
  if (!["describe", "it", "test"].includes(name)) return null;
  return {
    kind: chain.includes("describe") ? "group" : "test",
    skipped: chain.some((part) => UNHELD.includes(part)),
    numbers: [...title.matchAll(/\bR(\d+)\b/g)].map(([, number]) => Number(number)),
  };
}

/** `describe.skipIf(x).each(y)` is describe, skipIf, each. */
function chainOf(callee) {
  if (callee.type === "Identifier") return [callee.name];
  if (callee.type === "MemberExpression") return [...chainOf(callee.object), callee.property.name];
  if (callee.type === "CallExpression") return chainOf(callee.callee);
  return [];
}

function titleOf(argument) {
  if (argument?.type === "Literal" && typeof argument.value === "string") return argument.value;
  if (argument?.type !== "TemplateLiteral") return null;
  return argument.quasis.map(({ value }) => value.cooked).join(" ");
}
