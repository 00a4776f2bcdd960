import { createRequestHandler, RouterContextProvider, type ServerBuild } from "react-router";

type RouteModule =
  Omit<ServerBuild["routes"][string] & object, "id" | "path"> extends { module: infer M }
    ? Partial<M> & { handle?: unknown }
    : never;

export interface SiteRoute {
  path?: string;
  /** Without a component a route is a resource route. */
  page?: boolean;
  // biome-ignore lint/suspicious/noExplicitAny: route functions of any shape, as a route module may export them.
  loader?: (args: any) => unknown;
  // biome-ignore lint/suspicious/noExplicitAny: as above.
  action?: (args: any) => unknown;
  middleware?: unknown[];
  children?: Record<string, SiteRoute>;
}

/**
 * A site without a bundler: React Router's own request handler over routes written down in a test.
 * A page's HTML is its data as JSON, so that tests can read it.
 */
export function site(root: SiteRoute): (request: Request) => Promise<Response> {
  const routes: ServerBuild["routes"] = {};
  const manifest: ServerBuild["assets"]["routes"] = {};
  add("root", root, undefined);

  function add(id: string, route: SiteRoute, parentId: string | undefined): void {
    const { path, page = true, children = {}, ...functions } = route;
    const component = page ? { default: () => null, ErrorBoundary: () => null } : {};
    const module = { ...functions, ...component } as unknown as RouteModule;
    routes[id] = { id, module, ...(path && { path }), ...(parentId && { parentId }) } as never;
    manifest[id] = {
      id,
      module: `/${id}.js`,
      ...(path && { path }),
      ...(parentId && { parentId }),
    } as never;
    for (const [name, child] of Object.entries(children)) add(name, child, id);
  }

  const build = {
    entry: { module: { default: renderData, handleError: () => {} } },
    routes,
    assets: {
      entry: { imports: [], module: "/entry.js" },
      routes: manifest,
      url: "/manifest.js",
      version: "1",
    },
    publicPath: "/",
    assetsBuildDirectory: "build/client",
    // React Router 7 asks for this flag; 8 knows no other way.
    future: { v8_middleware: true },
    ssr: true,
    isSpaMode: false,
    prerender: [],
    routeDiscovery: { mode: "initial", manifestPath: "/__manifest" },
    // As authPreset sets it.
    allowedActionOrigins: ["**"],
  } as unknown as ServerBuild;

  const handle = createRequestHandler(build, "production");
  return (request) => handle(request, new RouterContextProvider() as never);
}

const renderData: ServerBuild["entry"]["module"]["default"] = (
  _request,
  status,
  headers,
  context,
) => {
  const { loaderData, actionData, errors } = context.staticHandlerContext;
  headers.set("Content-Type", "text/html");
  return new Response(JSON.stringify({ loaderData, actionData, errors }), { status, headers });
};
