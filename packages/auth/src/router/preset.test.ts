import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { authPreset } from "./preset.ts";

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

const APP = {
  "root.tsx": "export const middleware = [auth.middleware];",
  "auth/routes.ts": 'export const authRoutes = [route("login", "routes/login.tsx")];',
  "routes/login.tsx": "export const action = () => null;",
  "routes/layout.tsx":
    "export const middleware = [auth.guard()];\nexport const loader = () => null;",
  "routes/secret.tsx": "export const loader = (args) => auth.requireUser(args);",
  "routes/open.tsx": "export default function Open() {}",
};

const ROUTES = {
  root: { id: "root", path: "", file: "root.tsx" },
  login: { id: "login", parentId: "root", path: "login", file: "routes/login.tsx" },
  layout: { id: "layout", parentId: "root", file: "routes/layout.tsx" },
  secret: { id: "secret", parentId: "layout", path: "secret", file: "routes/secret.tsx" },
  open: { id: "open", parentId: "root", path: "open/", file: "routes/open.tsx" },
};

/** Resolves the config of a small app, with some of its files or settings changed. */
async function resolve(files: Partial<typeof APP> = {}, config: Record<string, unknown> = {}) {
  const appDirectory = mkdtempSync(join(tmpdir(), "auth-rr-preset-"));
  folders.push(appDirectory);
  for (const [name, text] of Object.entries({ ...APP, ...files })) {
    mkdirSync(dirname(join(appDirectory, name)), { recursive: true });
    writeFileSync(join(appDirectory, name), text);
  }
  const reactRouterConfig = { appDirectory, routes: ROUTES, ssr: true, future: {}, ...config };
  await authPreset().reactRouterConfigResolved?.({ reactRouterConfig: reactRouterConfig as never });
}

describe("authPreset", () => {
  it("has nothing to say about a sound app", async () => {
    await resolve();
    await resolve({}, { future: { v8_middleware: true }, prerender: ["/open"] });
    await resolve({}, { prerender: false, basename: "/" });
    await resolve({}, { allowedActionOrigins: ["app.example.com"] });
  });

  it("R65 waits for the routes where React Router 7 asks without them first", async () => {
    await resolve({ "root.tsx": "export default null" }, { routes: {} });
  });

  it.each<[string, Partial<typeof APP>, Record<string, unknown>, RegExp]>([
    [
      "React Router 7 without the middleware flag",
      {},
      { future: { v8_middleware: false } },
      /v8_middleware: true/,
    ],
    ["no server", {}, { ssr: false }, /ssr: false/],
    ["a path before all others", {}, { basename: "/app" }, /basename: "\/app"` is not supported/],
    [
      "an origin check that takes no form behind a proxy that ends TLS",
      {},
      { allowedActionOrigins: [] },
      /behind a proxy that ends TLS/,
    ],
    ["a root without the middleware", { "root.tsx": "export default null" }, {}, /app\/root\.tsx/],
    [
      "a guarded layout without a loader",
      { "routes/layout.tsx": "export const middleware = [auth.guard({ aal: 2 })];" },
      {},
      /routes\/layout\.tsx guards its children/,
    ],
    [
      "a guarded route that is prerendered",
      {},
      { prerender: ["/secret"] },
      /\/secret .* is guarded and prerendered/,
    ],
    ["everything prerendered", {}, { prerender: true }, /\/secret/],
    [
      "prerendered by a list with settings",
      {},
      { prerender: { paths: ["/secret/"], concurrency: 2 } },
      /\/secret/,
    ],
    [
      "prerendered by a function that takes all there are",
      {},
      { prerender: ({ getStaticPaths }: { getStaticPaths(): string[] }) => getStaticPaths() },
      /\/secret/,
    ],
    ["prerendered by settings we do not know", {}, { prerender: { concurrency: 2 } }, /\/secret/],
    ["prerendered by a function", {}, { prerender: async () => ["/open", "/secret"] }, /\/secret/],
    [
      "routes that are not mounted",
      { "auth/routes.ts": 'route("login", "routes/auth/login.tsx")' },
      {},
      /\.\.\.authRoutes/,
    ],
  ])("R52 R65 fails the build for %s", async (_what, files, config, message) => {
    await expect(resolve(files, config)).rejects.toMatchObject({
      code: "ERR_AUTH_PRESET",
      message: expect.stringMatching(message),
    });
  });

  it("waits for the routes where React Router 7 asks before it has read them", async () => {
    const future = { v8_middleware: true };
    await resolve({ "root.tsx": "" }, { future, routes: {} });
    await expect(resolve({}, { future: { v8_middleware: false }, routes: {} })).rejects.toThrow();
  });

  it("lets an app write its routes down in another file", async () => {
    const elsewhere = mkdtempSync(join(tmpdir(), "auth-rr-preset-"));
    folders.push(elsewhere);
    writeFileSync(join(elsewhere, "root.tsx"), APP["root.tsx"]);
    const only = { root: ROUTES.root };
    await expect(resolve({}, { appDirectory: elsewhere, routes: only })).resolves.toBeUndefined();
  });

  it("leaves the origin check to the middleware, which knows the configured origin", () => {
    const config = authPreset().reactRouterConfig?.({ reactRouterUserConfig: {} });
    expect(config).toEqual({ allowedActionOrigins: ["**"] });
  });
});
