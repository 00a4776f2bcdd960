import type { RouteArgs } from "@auth-rr/auth";
import type { MiddlewareFunction } from "react-router";

/** How this server keeps its sessions: the same app for all contestants, so that only this differs. */
export interface Kind {
  middleware: MiddlewareFunction<Response>[];
  /** The address of who is signed in. */
  whoIs(args: RouteArgs): Promise<string | null>;
  /** Answers a posted `email` and `password` with a redirect and a cookie, or with 401. */
  login(args: RouteArgs): Promise<Response>;
}

// Loaded by name, so that no contestant pays for the modules of another.
const kinds: Record<string, () => Promise<{ kind: Kind }>> = {
  none: () => import("./kinds/none.server"),
  ours: () => import("./kinds/ours.server"),
  naive: () => import("./kinds/naive.server"),
  "better-auth": () => import("./kinds/better-auth.server"),
};

export const { kind } = await open(process.env.BENCH_KIND ?? "none");

function open(name: string): Promise<{ kind: Kind }> {
  const load = kinds[name];
  if (!load) throw new Error(`There is no contestant "${name}".`);
  return load();
}
