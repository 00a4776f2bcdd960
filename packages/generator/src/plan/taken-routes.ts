import { join } from "node:path";
import type { Lock } from "../engine/lock.ts";
import { isThere, namesIn, textAt } from "../project/disk.ts";
import type { Project } from "../project/project.ts";
import { Refusal } from "../project/refusal.ts";
import { flatRoutePath, flatRoutesFolder, pathsIn } from "../project/route-paths.ts";
import { render } from "../render/render.ts";

/** Refuses new routes of ours at paths of the app's own: React Router would show one page and hide the other. */
export function checkRoutes(project: Project, from: Lock, to: Lock): void {
  const before = ourPaths(from);
  const theirs = pathsOf(project);
  const taken = [...ourPaths(to)].filter((path) => !before.has(path) && theirs.has(path));
  if (taken.length === 0) return;
  throw new Refusal({
    code: "ROUTES_TAKEN",
    message: `Your app has routes at these paths already: ${taken.join(", ")}.`,
    cure: "Say --prefix=/account (any free path) to put all of ours below it, or move yours.",
  });
}

function ourPaths({ features, options }: Lock): Set<string> {
  const list = render(features, options).get(`${options.appDirectory}/auth/routes.ts`);
  return list ? pathsIn(list.text, "authRoutes") : new Set();
}

function pathsOf({ root, appDirectory, routesFile }: Project): Set<string> {
  const text = routesFile ? (textAt(root, routesFile) ?? "") : "";
  const folder = flatRoutesFolder(text);
  const found = folder === null ? [] : flatPaths(join(root, appDirectory, folder));
  return new Set([...pathsIn(text), ...found]);
}

/** A folder is a route if it has a `route` module, as far as this looks. */
function flatPaths(folder: string): string[] {
  const isRoute = (name: string) =>
    /\.[cm]?[jt]sx?$/.test(name) ||
    ["tsx", "ts", "jsx", "js"].some((end) => isThere(folder, name, `route.${end}`));
  return namesIn(folder)
    .filter(isRoute)
    .map(flatRoutePath)
    .filter((path) => path !== null);
}
