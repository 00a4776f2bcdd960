import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Config, Preset } from "@react-router/dev/config";
import { AuthError } from "../errors.ts";

type Resolved = Parameters<
  NonNullable<Preset["reactRouterConfigResolved"]>
>[0]["reactRouterConfig"];

type Route = NonNullable<Resolved["routes"][string]>;

interface SourceRoute {
  id: string;
  file: string;
  path: string;
  /** The text of the route module. */
  source: string;
  guardedAbove: boolean;
  /** Has a URL of its own, as a layout without a path has not. */
  isPage: boolean;
}

/**
 * For `presets` in react-router.config.ts: the build fails on mistakes that would leave pages open. It also hands the
 * origin check to `auth.middleware`, which is stricter and knows the configured origin: React Router's own compares with
 * the URL it is reached at, and so refuses every form behind a proxy that ends TLS.
 */
export function authPreset(): Preset {
  return {
    name: "auth-rr",
    reactRouterConfig: (): Config => ({ allowedActionOrigins: ["**"] }),
    async reactRouterConfigResolved({ reactRouterConfig: config }) {
      refuseIgnoredMiddleware(config);
      refuseWithoutServer(config);
      refuseBasename(config);
      refuseOwnOriginCheck(config);
      // React Router 7 asks twice when it builds: first for the flags alone, without having read the routes.
      if (Object.keys(config.routes).length === 0) return;
      const routes = readRoutes(config);
      refuseOpenRoot(routes);
      refuseUnmounted(config, routes);
      refuseBareLayouts(routes);
      await refusePrerendered(config, routes);
    },
  };
}

function refuseIgnoredMiddleware({ future }: Resolved): void {
  if (!("v8_middleware" in future) || future.v8_middleware === true) return;
  refuse(
    "React Router 7 ignores every exported middleware unless told otherwise, so guarded pages would be open. " +
      "Set `future: { v8_middleware: true }` in react-router.config.ts.",
  );
}

function refuseWithoutServer({ ssr }: Resolved): void {
  if (ssr) return;
  refuse(
    "`ssr: false` leaves no server that could check a session. Remove it from react-router.config.ts.",
  );
}

/** Tried, and it does not work: React Router adds the basename to the redirects of loaders and not to those of guards. */
function refuseBasename({ basename }: Resolved): void {
  if (basename === undefined || basename === "/") return;
  refuse(
    `\`basename: "${basename}"\` is not supported: mailed links and guards would lead past it. ` +
      "Remove it from react-router.config.ts and give the app a host of its own, such as app.example.com.",
  );
}

/** An empty list is the one setting of the app's own that is wrong wherever it runs. */
function refuseOwnOriginCheck({ allowedActionOrigins }: Resolved): void {
  if (allowedActionOrigins === undefined || allowedActionOrigins === false) return;
  if (allowedActionOrigins.length > 0) return;
  refuse(
    "`allowedActionOrigins: []` makes React Router refuse every form behind a proxy that ends TLS, with 400. " +
      "Remove it from react-router.config.ts: auth.middleware checks where forms come from.",
  );
}

function refuseOpenRoot(routes: SourceRoute[]): void {
  const root = routes.find(({ id }) => id === "root");
  if (root && /auth\.middleware|authMiddleware/.test(root.source)) return;
  refuse(
    "The root route does not use auth.middleware, so nobody can be signed in and no form proves where it comes from. " +
      "Add `export const middleware = [auth.middleware]` to app/root.tsx.",
  );
}

/** The list in app/auth/routes.ts is worth nothing until app/routes.ts spreads it. */
function refuseUnmounted({ appDirectory }: Resolved, routes: SourceRoute[]): void {
  const list = join(appDirectory, "auth/routes.ts");
  if (!existsSync(list)) return;
  const named = [...readFileSync(list, "utf8").matchAll(/"([^"]+\.[jt]sx?)"/g)].map(
    ([, file]) => file,
  );
  const mounted = routes.some(({ file }) => named.includes(file));
  if (mounted || named.length === 0) return;
  refuse(
    "None of the routes in app/auth/routes.ts is mounted, so nobody could log in. " +
      'In app/routes.ts import { authRoutes } from "./auth/routes" and add `...authRoutes` to the list.',
  );
}

/** Without a loader the client navigates without asking the server, and the guard never runs. */
function refuseBareLayouts(routes: SourceRoute[]): void {
  const bare = routes.find(
    ({ source }) =>
      hasGuard(source) && !/export\s+(const|async function|function)\s+loader\b/.test(source),
  );
  if (!bare) return;
  refuse(
    `${bare.file} guards its children by middleware but has no loader, so moving there on the client asks nobody. ` +
      "Add `export const loader = () => null` to it.",
  );
}

/** A prerendered page is a public file. */
async function refusePrerendered(config: Resolved, routes: SourceRoute[]): Promise<void> {
  const guarded = routes.filter(
    (route) => route.isPage && (route.guardedAbove || /requireUser\(/.test(route.source)),
  );
  const paths = await prerenderedPaths(
    config,
    guarded.map(({ path }) => path),
  );
  const open = guarded.find(({ path }) => paths.includes(path));
  if (!open) return;
  refuse(
    `${open.path} (${open.file}) is guarded and prerendered at once: it would be a file that anybody can read. ` +
      "Take it out of `prerender` in react-router.config.ts.",
  );
}

async function prerenderedPaths({ prerender }: Resolved, guarded: string[]): Promise<string[]> {
  const chosen =
    typeof prerender === "object" && "paths" in prerender ? prerender.paths : prerender;
  if (!chosen) return [];
  if (chosen === true) return guarded.filter((path) => !path.includes(":"));
  const paths =
    typeof chosen === "function" ? await chosen({ getStaticPaths: () => guarded }) : chosen;
  return Array.isArray(paths) ? paths.map(withoutTrailingSlash) : guarded;
}

function readRoutes({ routes, appDirectory }: Resolved): SourceRoute[] {
  const all = Object.values(routes).filter((route) => route !== undefined);
  const sourceOf = ({ file }: Route) => readFileSync(join(appDirectory, file), "utf8");
  const chainOf = (route: Route): Route[] => {
    const parent = all.find(({ id }) => id === route.parentId);
    return parent ? [...chainOf(parent), route] : [route];
  };
  return all.map((route) => {
    const chain = chainOf(route);
    const path = chain.flatMap((one) => one.path || []).join("/");
    return {
      id: route.id,
      file: route.file,
      path: withoutTrailingSlash(`/${path}`.replace(/\/+/g, "/")),
      source: sourceOf(route),
      guardedAbove: chain.some((one) => hasGuard(sourceOf(one))),
      isPage: Boolean(route.path || route.index),
    };
  });
}

function hasGuard(source: string): boolean {
  return /export\s+const\s+middleware\b[^;]*\bguard\(/.test(source);
}

function withoutTrailingSlash(path: string): string {
  return path === "/" ? path : path.replace(/\/$/, "");
}

function refuse(message: string): never {
  throw new AuthError("ERR_AUTH_PRESET", message);
}
