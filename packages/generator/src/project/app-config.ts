import { configObject, localValue, propertyOf, unwrapped } from "../edits/default-export.ts";
import { importedName, importsOf } from "../edits/imports.ts";
import { literal } from "../edits/json.ts";
import { readSource } from "../edits/source.ts";
import { firstIn, scriptNames, textAt } from "./disk.ts";
import { Refusal } from "./refusal.ts";

/** What is read of react-router.config.* and vite.config.*, neither of which is run. */
export interface AppConfig {
  configFile: string | null;
  /** Posix, relative to the root. */
  appDirectory: string;
  /** Whether Vite follows the paths of tsconfig.json, and those of jsconfig.json. */
  viteFollows: { tsconfig: boolean; jsconfig: boolean };
}

/** Refuses apps without a server, and React Server Components, which middleware does not guard. */
export function readAppConfig(root: string): AppConfig {
  const configFile = firstIn(root, scriptNames("react-router.config"));
  const setting = settingsIn(configFile && textAt(root, configFile));
  if (setting("ssr") === false) {
    throw new Refusal({
      code: "SPA",
      message: `\`ssr: false\` in ${configFile} leaves no server that could check a session.`,
      cure: "Remove it; pages can still be prerendered.",
    });
  }
  const vite = viteConfigIn(root);
  if (usesServerComponents(vite)) {
    throw new Refusal({
      code: "RSC",
      message:
        "This app uses React Router's React Server Components mode, which auth-rr does not support yet.",
      cure: "Use the `reactRouter()` plugin in vite.config, or a separate app.",
    });
  }
  const directory = setting("appDirectory");
  return {
    configFile,
    appDirectory: typeof directory === "string" ? plainPath(directory) : "app",
    viteFollows: {
      tsconfig: vite === null || /tsconfig-?paths|\balias\b/i.test(vite),
      jsconfig: vite === null || /vite-tsconfig-paths|\balias\b/.test(vite),
    },
  };
}

function settingsIn(text: string | null): (name: string) => unknown {
  const source = text === null ? null : readSource(text);
  const config = source && configObject(source.program);
  return (name) => {
    const value = config && unwrapped(propertyOf(config, name) ?? config);
    if (!value || value === config) return undefined;
    const local = value.type === "Identifier" ? localValue(source.program, value.name) : value;
    return literal(local);
  };
}

function viteConfigIn(root: string): string | null {
  const file = firstIn(root, scriptNames("vite.config"));
  return file && textAt(root, file);
}

function usesServerComponents(vite: string | null): boolean {
  const source = vite === null ? null : readSource(vite);
  return (source ? importsOf(source.program) : []).some(({ specifiers }) =>
    specifiers.some(
      (one) => one.type === "ImportSpecifier" && /reactRouterRSC$/.test(importedName(one)),
    ),
  );
}

/** "./src/" and "src" are the same folder. */
const plainPath = (path: string): string =>
  path
    .replaceAll("\\", "/")
    .replace(/^(\.\/)+/, "")
    .replace(/\/+$/, "") || ".";
