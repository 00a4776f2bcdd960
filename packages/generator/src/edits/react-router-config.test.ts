import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { roundTrip } from "../../test/round-trip.ts";
import { addMiddlewareFlag, addPreset, removePreset } from "./react-router-config.ts";

const head = 'import type { Config } from "@react-router/dev/config";\n';
const preset = 'import { authPreset } from "@auth-rr/auth/preset";\n';
const pair = { add: addPreset, remove: removePreset };

describe("the middleware flag of React Router 7", () => {
  it.each([
    ["{\n  ssr: true,\n}", "{\n  ssr: true,\n  future: { v8_middleware: true },\n}"],
    ["{}", "{ future: { v8_middleware: true } }"],
    ["{ future: {} }", "{ future: { v8_middleware: true } }"],
    [
      "{\n  future: {\n    v8_viteEnvironmentApi: true\n  }\n}",
      "{\n  future: {\n    v8_viteEnvironmentApi: true,\n    v8_middleware: true\n  }\n}",
    ],
  ])("is set once: %s", (before, after) => {
    const file = (config: string) => `${head}\nexport default ${config} satisfies Config;\n`;
    expect(addMiddlewareFlag(file(before))).toMatchObject({ status: "changed", text: file(after) });
    expect(addMiddlewareFlag(file(after))).toEqual({ status: "same" });
  });

  it("is found through a constant and a function", () => {
    const config = "const config = defineConfig({ ssr: true });\nexport default config;\n";
    expect(addMiddlewareFlag(config)).toMatchObject({
      text: "const config = defineConfig({ ssr: true, future: { v8_middleware: true } });\nexport default config;\n",
    });
  });

  it.each([
    [
      "switched off",
      "export default { future: { v8_middleware: false } };",
      "  v8_middleware: true,",
    ],
    ["in a variable", "export default { future };", "  v8_middleware: true,"],
    ["in a base", "export default { ...base };", "  future: { v8_middleware: true },"],
    ["in another file", 'export { default } from "./c";', "  future: { v8_middleware: true },"],
    ["unreadable", "export default {", "  future: { v8_middleware: true },"],
  ])("is left to the user where it is %s", (_, text, paste) => {
    expect(addMiddlewareFlag(text)).toMatchObject({ status: "manual", paste });
  });
});

describe("the preset", () => {
  const shapes: Record<string, [before: string, after: string]> = {
    "no presets": [
      `${head}\nexport default {\n  // Server-side render by default.\n  ssr: true,\n} satisfies Config;\n`,
      `${preset}${head}\nexport default {\n  // Server-side render by default.\n  ssr: true,\n  presets: [authPreset()],\n} satisfies Config;\n`,
    ],
    "other presets": [
      `${head}\nexport default { presets: [vercelPreset()] } satisfies Config;\n`,
      `${preset}${head}\nexport default { presets: [vercelPreset(), authPreset()] } satisfies Config;\n`,
    ],
    "no imports": [
      "/** @type {import('@react-router/dev/config').Config} */\nexport default {\n  ssr: true\n}\n",
      "import { authPreset } from '@auth-rr/auth/preset'\n\n/** @type {import('@react-router/dev/config').Config} */\nexport default {\n  ssr: true,\n  presets: [authPreset()]\n}\n",
    ],
    "an empty object": [
      "export default {};\n",
      `${preset}\nexport default { presets: [authPreset()] };\n`,
    ],
  };

  for (const [name, [before, after]] of Object.entries(shapes)) {
    it(`is set once, and the file given back: ${name}`, () => {
      roundTrip(pair, before, after);
    });
  }

  it("is in the fixture, and comes and goes without a trace", () => {
    const file = new URL("../../../../fixtures/rr-app/react-router.config.ts", import.meta.url);
    const text = readFileSync(file, "utf8");
    expect(addPreset(text)).toEqual({ status: "same" });
    const removed = removePreset(text);
    if (removed.status !== "changed") throw new Error(removed.status);
    expect(removed.text).not.toContain("presets");
    expect(addPreset(removed.text)).toMatchObject({ text });
  });

  it.each([
    "export default { presets };",
    "export default { ...base };",
    "export default await load();",
    "{",
  ])("is left to the user: %s", (text) => {
    expect(addPreset(text)).toMatchObject({
      status: "manual",
      paste: expect.stringContaining("presets: [authPreset()],"),
    });
  });
});
