import { expect, it } from "vitest";
import { routesShapeOf } from "./routes-shape.ts";

const dev = 'import { index, route } from "@react-router/dev/routes";\n';

it.each([
  ["explicit", `${dev}export default [index("home.tsx"), ...prefix("x", [])];`],
  ["explicit", "const routes = [];\nexport default routes satisfies RouteConfig;"],
  ["explicit", 'import { authRoutes } from "./auth/routes";\nexport default [...authRoutes];'],
  ["explicit", 'import { pages } from "./pages";\nexport default [...pages()];'],
  [
    "flat-routes",
    'import { flatRoutes } from "@react-router/fs-routes";\nexport default flatRoutes();',
  ],
  [
    "flat-routes",
    `${dev}import { flatRoutes } from "@react-router/fs-routes";\nexport default [...(await flatRoutes()), index("a.tsx")];`,
  ],
  [
    "discovering",
    'import { autoRoutes } from "react-router-auto-routes";\nexport default autoRoutes();',
  ],
  [
    "discovering",
    'import { remixRoutesOptionAdapter } from "@react-router/remix-routes-option-adapter";\nimport { flatRoutes } from "remix-flat-routes";\nexport default remixRoutesOptionAdapter((define) => flatRoutes("routes", define));',
  ],
  ["discovering", 'import * as pages from "some-routes";\nexport default [...pages.find()];'],
  [
    "discovering",
    'import { readdirSync } from "node:fs";\nexport default readdirSync("app/routes").map(toRoute);',
  ],
  ["unknown", 'export { default } from "./other";'],
  ["unknown", "export default ["],
  ["none", null],
])("routes are %s: %s", (shape, text) => {
  expect(routesShapeOf(text)).toBe(shape);
});
