import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type RouteEntry, routesOf } from "../after/verify.ts";
import { type Guard, guardOf } from "../doctor/guards.ts";
import { Refusal } from "../project/refusal.ts";
import { type Command, EXIT } from "./command.ts";
import { open } from "./open.ts";

export const routes: Command = {
  summary: "every route and what guards it; fails where nothing does",
  usage: "routes",
  async run(call) {
    const { project, lock } = open(call);
    const tree = await routesOf(project);
    if (typeof tree === "string") {
      throw new Refusal({
        code: "ROUTES_UNREADABLE",
        message: `React Router could not list the routes:\n${tree}`,
        cure: "Repair that first.",
      });
    }
    const read = (file: string) =>
      readFileSync(join(project.root, project.appDirectory, file), "utf8");
    const isOurs = (file: string) => `${project.appDirectory}/${file}` in lock.files;
    const rows = withGuards(tree, read, "", "none").map((row) =>
      // Ours that ask nobody are meant to: whoever forgot a password cannot log in.
      row.guard === "none" && isOurs(row.file) ? { ...row, guard: "public" as const } : row,
    );
    for (const { path, file, guard } of rows) {
      call.console.print(`${guard.padEnd(10)} ${path.padEnd(32)} ${file}`);
    }
    const open_ = rows.filter(({ guard }) => guard === "none");
    if (open_.length > 0) call.console.note(`\n${ADVICE}`);
    call.console.answer({ routes: rows, unguarded: open_.map(({ path }) => path) });
    return open_.length > 0 ? EXIT.unhealthy : EXIT.done;
  },
};

const ADVICE =
  "Routes marked none ask nobody who they are. Guard them (`export const middleware = [auth.guard()]` in the route or a " +
  "layout above it, and `auth.requireUser(args)` in its loader and action), or say that they are for everybody: " +
  '`export const access = "public";`';

export interface Row {
  id: string;
  path: string;
  file: string;
  guard: Guard;
}

function withGuards(
  tree: readonly RouteEntry[],
  read: (file: string) => string,
  above: string,
  inherited: Guard,
): Row[] {
  return tree.flatMap((route) => {
    const path = [above, route.path].filter(Boolean).join("/");
    const guard = guardOf(read(route.file), inherited);
    const children = withGuards(
      route.children ?? [],
      read,
      path,
      guard === "public" ? inherited : guard,
    );
    const isPage = !route.children || route.index;
    const row = { id: route.id, path: `/${path}`, file: route.file, guard };
    return isPage ? [row] : children;
  });
}
