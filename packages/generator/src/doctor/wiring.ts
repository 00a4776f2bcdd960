import { flat, verify } from "../after/verify.ts";
import { editsFor } from "../plan/edits.ts";
import { advice, type Check, error, type Finding } from "./finding.ts";

/** Every insertion in the user's files is still there. */
export const insertions: Check = async ({ project, lock, read }) => {
  const findings: Finding[] = [];
  for (const edit of editsFor(lock, project)) {
    const text = read(edit.path);
    const result = await edit.add(text);
    if (result.status === "same") continue;
    const cure =
      result.status === "manual"
        ? `${result.why}\n${result.paste}`
        : edit.id in lock.edits
          ? `Put it back: git diff shows what it was, or delete "${edit.id}" from auth-rr.lock.json and run npx auth-rr update.`
          : "Run npx auth-rr update.";
    findings.push(error(`insertion:${edit.id}`, `${edit.path} lacks ${edit.what}.`, cure));
  }
  return findings;
};

/** React Router itself finds each page, once. */
export const routes: Check = async ({ project, lock, routes: asked }) =>
  (await verify(project, lock, asked)).map((problem) =>
    error("routes", problem, "Spread authRoutes once in the exported list of routes."),
  );

/** Guarding by the path misses `.data` requests, encoded letters and every path somebody adds later. */
export const pathGuards: Check = ({ project, read }) => {
  const text = project.rootFile ? (read(project.rootFile) ?? "") : "";
  if (!/pathname\.startsWith\(/.test(text)) return [];
  return [
    error(
      "path-guard",
      `${project.rootFile} decides by pathname.startsWith(), which data requests and encoded letters walk around.`,
      "Put the guard on the layout route: export const middleware = [auth.guard()].",
    ),
  ];
};

/** A resource route with an action has no page of its own to protect it. */
export const layouts: Check = async ({ project, read, routes: asked }) => {
  const tree = await asked;
  if (typeof tree === "string") return [];
  return flat(tree).flatMap(({ file }) => {
    const source = read(`${project.appDirectory}/${file}`) ?? "";
    if (!/\bmiddleware\b[^;]*\bguard\(/.test(source)) return [];
    if (/export\s+(const|async function|function)\s+loader\b/.test(source)) return [];
    return [
      error(
        "bare-layout",
        `${file} guards by middleware but has no loader, so moving there on the client asks nobody.`,
        "Add: export const loader = () => null",
      ),
    ];
  });
};

/** With it browsers send `Origin: null` on forms, which no check of the origin can accept. */
export const referrer: Check = ({ project, read }) => {
  const files = [project.rootFile, `${project.appDirectory}/entry.server.tsx`];
  const found = files.find((file) => file && /["'`]no-referrer["'`]/.test(read(file) ?? ""));
  if (!found) return [];
  return [
    advice(
      "no-referrer",
      `${found} sends Referrer-Policy: no-referrer, with which browsers send "Origin: null" on forms.`,
      'Use "same-origin" or "strict-origin-when-cross-origin".',
    ),
  ];
};
