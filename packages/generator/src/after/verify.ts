import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Lock } from "../engine/lock.ts";
import type { Project } from "../project/project.ts";

export interface RouteEntry {
  id: string;
  path?: string;
  index?: boolean;
  file: string;
  children?: RouteEntry[];
}

/** What is wrong with the routes as React Router sees them: none missing, none there twice. */
export async function verify(
  project: Project,
  lock: Lock,
  asked = routesOf(project),
): Promise<string[]> {
  const routes = await asked;
  if (typeof routes === "string") return [`react-router routes failed:\n${routes}`];
  const files = flat(routes).map(({ file }) => file);
  return Object.keys(lock.files)
    .filter((path) => isRouteModule(path, lock) && existsSync(join(project.root, path)))
    .flatMap((path) => {
      const inApp = path.slice(lock.options.appDirectory.length + 1);
      const count = files.filter((file) => file === inApp).length;
      const most = inApp.endsWith("health/health.ts") ? 2 : 1;
      if (count === 0 && !inApp.includes("dev/"))
        return [`${path} is no route: look into routes.ts.`];
      return count > most ? [`${path} is a route ${count} times: look into routes.ts.`] : [];
    });
}

/** The app's routes, asked of React Router itself; what it said instead, if it could not. */
export async function routesOf({ root }: Project): Promise<RouteEntry[] | string> {
  const binary = join(root, "node_modules/.bin/react-router");
  try {
    const { stdout } = await promisify(execFile)(binary, ["routes", "--json"], {
      cwd: root,
      maxBuffer: 1 << 24,
    });
    return JSON.parse(stdout.slice(stdout.indexOf("["))) as RouteEntry[];
  } catch (error) {
    return (error as { stderr?: string }).stderr || (error as Error).message;
  }
}

export function flat(routes: readonly RouteEntry[]): RouteEntry[] {
  return routes.flatMap((route) => [route, ...flat(route.children ?? [])]);
}

function isRouteModule(path: string, { options }: Lock): boolean {
  return path.startsWith(`${options.appDirectory}/${options.routesDirectory}/`);
}
