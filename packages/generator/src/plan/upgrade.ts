import { raiseInPackageJson } from "../edits/raise.ts";
import { isOlder } from "../edits/range.ts";
import type { Project } from "../project/project.ts";
import { OLDEST_SEVEN } from "../project/react-router.ts";
import { Refusal } from "../project/refusal.ts";
import type { FileEdit } from "./edits.ts";

/** The release of React Router 7 that the generator is tested with. */
const SEVEN = "7.18.4";

/** Raises React Router 7 and all that is released with it, where the app's is too old for middleware as auth needs it. */
export function upgradeEdits(project: Project): FileEdit[] {
  if (!project.reactRouter.behind) return [];
  const ranges = Object.fromEntries(familyOf(project).map((name) => [name, `^${SEVEN}`]));
  return [
    {
      id: "package.json#react-router",
      path: "package.json",
      feature: "login",
      what: `React Router ^${SEVEN} instead of ${versionOf(project)}`,
      always: true,
      add: (text) => raiseInPackageJson(text ?? "{}\n", ranges),
      remove: null,
    },
  ];
}

/** Refuses a React Router that is too old where it may not be raised, or is not said in this package.json. */
export function checkRouter(project: Project, mayNotRaise: boolean): void {
  if (!project.reactRouter.behind) return;
  const here = project.packageJson.dependencies;
  const family = familyOf(project);
  const raisable = family.length > 0 && family.every((name) => isPlain(here[name]));
  if (raisable && !mayNotRaise) return;
  throw new Refusal({
    code: "REACT_ROUTER_TOO_OLD",
    message: `This app has React Router ${versionOf(project)}; auth-rr needs ${OLDEST_SEVEN.join(".")} or newer.`,
    cure: raisable
      ? `Leave out --no-upgrade, or raise it yourself: ${commandFor(project, family)}`
      : `Raise react-router and every @react-router/* package to ^${SEVEN} where their versions are said: in package.json, or in your workspace's catalog.`,
  });
}

/** React Router's packages are released together and want each other in the same version. */
function familyOf({ packageJson }: Project): string[] {
  const names = Object.keys(packageJson.dependencies).sort();
  return names.filter((name) => /^(react-router|react-router-dom|@react-router\/.+)$/.test(name));
}

/** What `raiseInPackageJson` can change, or what needs no change. */
function isPlain(range = ""): boolean {
  return isOlder(range, SEVEN) || isOlder("0.0.0", range);
}

function versionOf({ reactRouter }: Project): string {
  return reactRouter.installed ?? reactRouter.declared ?? "7";
}

function commandFor({ packageManager }: Project, family: string[]): string {
  const verb = packageManager === "npm" ? "install" : "add";
  return [packageManager, verb, ...family.map((name) => `${name}@${SEVEN}`)].join(" ");
}
