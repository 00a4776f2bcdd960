#!/usr/bin/env node
// `node tools/asvs.mjs` makes docs/security/asvs.md out of the names of the tests; with `--check` it says whether the
// page is what it would make now. It fails on a claim that no test holds.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { REQUIREMENTS } from "./asvs-requirements.mjs";
import { testsByCheck } from "./asvs-tests.mjs";
import { CHECKS, TO_COME } from "./security-checks.mjs";

const INTRODUCTION = `# What is checked

A test that holds a security check has its number in its name, such as R37. This page is made of those names by
\`node tools/asvs.mjs\`; a test fails when it is not what they say now. Whoever adds a check runs it again.

The tests are where the short names say: *auth* in \`packages/auth\` (\`….postgres\` on a real server), *ui* in
\`packages/auth-ui\`, *app* in \`fixtures/rr-app/test\`, *e2e* in a browser in \`fixtures/rr-app/e2e\`, *topology* on
two nodes with a pool, a proxy and faults between them in \`topology\`. A name stands for the file that holds the check,
not for how well; read the test.

## OWASP ASVS 5.0

Our own assessment, in our own words: the chapters on authentication, session management and OAuth. It speaks of the
library and the example app; what an app adds is its own. *Not yet* means that it belongs to a feature to come, or is
missing.
`;

const CHECKS_INTRODUCTION = `## Security checks

Our own list, made from the standards, cheat sheets and mistakes of others. *Later* comes with a feature that is not
built yet; *open* is missing.`;

const root = fileURLToPath(new URL("..", import.meta.url));
const file = join(root, "docs/security/asvs.md");
const tests = testsByCheck(root);

const complaints = [...wrongClaims(), ...wrongRemarks(), ...unknownNumbers()];
if (complaints.length > 0) stop(complaints.join("\n"));
if (!process.argv.includes("--check")) write();
else if (current() !== page()) {
  stop("docs/security/asvs.md is not what the tests say now. Make it anew: node tools/asvs.mjs");
}

function write() {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, page());
}

function current() {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

function stop(message) {
  console.error(message);
  process.exit(1);
}

function wrongClaims() {
  return entries(REQUIREMENTS).flatMap(([number, [, , status, checks]]) => {
    if (!["yes", "partly"].includes(status)) return [];
    if (checks.length === 0) return [`${number} says "${status}" and names no check.`];
    const bare = checks.filter((check) => !tests.has(check));
    return bare.map((check) => `${number} says "${status}" by R${check}, which no test holds.`);
  });
}

function wrongRemarks() {
  const where = "Mend it in tools/security-checks.mjs.";
  return entries(CHECKS.filter(([title]) => title !== TO_COME)).flatMap(
    ([number, [, remark = {}]]) => {
      const excuse = Object.keys(remark).find((key) => key !== "partly");
      if (tests.has(Number(number)) && excuse)
        return [`R${number} has tests now, and is said to have none ("${excuse}"). ${where}`];
      if (!tests.has(Number(number)) && !excuse)
        return [`R${number} has no test, and nothing says why. ${where}`];
      return [];
    },
  );
}

function unknownNumbers() {
  const known = new Set(entries(CHECKS).map(([number]) => Number(number)));
  return [...tests.keys()]
    .filter((number) => !known.has(number))
    .map(
      (number) =>
        `R${number} is in the name of a test; say in tools/security-checks.mjs what it is.`,
    );
}

function entries(groups) {
  return groups.flatMap(([, members]) => Object.entries(members));
}

function page() {
  return `${INTRODUCTION}
${counts()}

${REQUIREMENTS.map(requirementTable).join("\n\n")}

${CHECKS_INTRODUCTION}

${CHECKS.map(checkTable).join("\n\n")}
`;
}

function counts() {
  const all = entries(REQUIREMENTS).map(([number, [, , status]]) => [number.split(".")[0], status]);
  const statuses = ["yes", "partly", "not yet", "no", "does not apply"];
  const rows = ["6", "7", "10"].map((chapter) => {
    const own = all.filter(([of]) => of === chapter);
    return row([
      `V${chapter}`,
      ...statuses.map((one) => own.filter(([, is]) => is === one).length),
    ]);
  });
  return [row(["", ...statuses]), row(["---", ...statuses.map(() => "---")]), ...rows].join("\n");
}

function requirementTable([title, requirements]) {
  const rows = Object.entries(requirements).map(
    ([number, [level, words, status, checks, remark]]) =>
      row([
        number,
        level,
        words,
        remark ? `${status}: ${remark}` : status,
        checks.map((check) => `R${check}`).join(" "),
        filesOf(checks),
      ]),
  );
  const head = ["requirement", "level", "in our words", "status", "checks", "tests"];
  return [`### ${title}`, "", row(head), row(head.map(() => "---")), ...rows].join("\n");
}

function checkTable([title, checks]) {
  const shown = Object.entries(checks).filter(
    ([number]) => title !== TO_COME || tests.has(Number(number)),
  );
  const rows = shown.map(([number, [promise, remark = {}]]) =>
    row([`R${number}`, promise, statusOf(Number(number), remark), filesOf([Number(number)])]),
  );
  const head = ["check", "promise", "status", "tests"];
  return [`### ${title}`, "", row(head), row(head.map(() => "---")), ...rows].join("\n");
}

function statusOf(number, { partly, open, later, none }) {
  if (tests.has(number)) return partly ? `partly: ${partly}` : "tested";
  if (later) return `later, with ${later}`;
  return open ? `open: ${open}` : `does not apply: ${none}`;
}

/** "auth: `edges`, `guards`; app: `login`" */
function filesOf(checks) {
  const all = [...new Set(checks.flatMap((check) => [...(tests.get(check) ?? [])]))];
  const bySuite = Map.groupBy(all.sort(), (path) => path.split("/")[0]);
  return [...bySuite]
    .map(
      ([suite, paths]) =>
        `${suite}: ${paths.map((path) => `\`${path.split("/")[1]}\``).join(", ")}`,
    )
    .join("; ");
}

function row(cells) {
  return `| ${cells.map((cell) => String(cell).replaceAll("|", "\\|")).join(" | ")} |`;
}
