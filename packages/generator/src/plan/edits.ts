import type { Edit } from "../edits/edit.ts";
import { addToEnv } from "../edits/env.ts";
import { addToPackageJson, removeFromPackageJson } from "../edits/package-json.ts";
import { addMiddlewareFlag, addPreset, removePreset } from "../edits/react-router-config.ts";
import { addMiddleware, removeMiddleware } from "../edits/root.ts";
import { addAuthRoutes, removeAuthRoutes } from "../edits/routes.ts";
import { addSchemaExport, removeSchemaExport } from "../edits/schema.ts";
import type { Lock } from "../engine/lock.ts";
import { featureOf } from "../features/catalog.ts";
import type { Project } from "../project/project.ts";
import type { Options } from "../render/options.ts";
import { adoptionEdits } from "./adopted-users.ts";
import { changesOf } from "./dependencies.ts";
import { exampleOf, secretsOf } from "./environment.ts";
import { upgradeEdits } from "./upgrade.ts";

/** An insertion in a file that is the user's. */
export interface FileEdit {
  /** Names it in the lock: once done it is not done again, even if the user took it out. */
  id: string;
  path: string;
  feature: string;
  /** What the user reads about it. */
  what: string;
  /** What stood there before stays the user's, also when the feature goes. */
  onlyWhatWasWritten?: boolean;
  /** Done whenever it is lacking, and so not noted in the lock. */
  always?: boolean;
  add(text: string | null): Edit | Promise<Edit>;
  /** Null where it stays: a secret that somebody may still need. */
  remove: ((text: string) => Edit | Promise<Edit>) | null;
}

type Wanted = Pick<Lock, "features" | "options">;

/** Every insertion that these features need in this app. */
export function editsFor({ features, options }: Wanted, project: Project): FileEdit[] {
  const own = features.includes("login") ? loginEdits(project, options) : [];
  return [...own, ...features.flatMap((id) => [...packageEdits(id, project), ...envEdits(id)])];
}

function loginEdits(project: Project, { adoptedUsers }: Options): FileEdit[] {
  return [
    routesEdit(project),
    rootEdit(project),
    ...configEdits(project),
    ...schemaEdits(project, adoptedUsers?.file ?? null),
    ...(adoptedUsers ? adoptionEdits(adoptedUsers) : []),
    ...upgradeEdits(project),
  ];
}

function routesEdit({ routesFile, appDirectory, ...project }: Project): FileEdit {
  const options = { specifier: `./auth/routes${endOf(project)}` };
  const path = routesFile ?? `${appDirectory}/routes.ts`;
  return {
    id: `${path}#authRoutes`,
    path,
    feature: "login",
    what: "the auth routes",
    add: (text) =>
      text === null
        ? {
            status: "manual",
            why: `There is no ${path}, so React Router would not find the auth routes. Create it.`,
            paste: `import { authRoutes } from "${options.specifier}";\n\nexport default [...authRoutes];`,
          }
        : addAuthRoutes(text, options),
    remove: (text) => removeAuthRoutes(text, options),
  };
}

function rootEdit({ rootFile, appDirectory, typescript, ...project }: Project): FileEdit {
  const specifier = `./auth/auth.server${endOf(project)}`;
  const options = { specifier, styles: null, typed: typescript };
  const path = rootFile ?? `${appDirectory}/root.tsx`;
  return {
    id: `${path}#middleware`,
    path,
    feature: "login",
    what: "the middleware that reads who is asking",
    add: (text) =>
      text === null
        ? {
            status: "manual",
            why: `There is no ${path}, where the middleware goes. Add it to your root route.`,
            paste: `import { auth } from "${specifier}";\n\nexport const middleware = [auth.middleware];`,
          }
        : addMiddleware(text, options),
    remove: (text) => removeMiddleware(text, options),
  };
}

function configEdits({ configFile, reactRouter }: Project): FileEdit[] {
  const path = configFile ?? "react-router.config.ts";
  const empty =
    'import type { Config } from "@react-router/dev/config";\n\nexport default {} satisfies Config;\n';
  const preset: FileEdit = {
    id: `${path}#preset`,
    path,
    feature: "login",
    what: "the build's check for unguarded pages",
    add: (text) => addPreset(text ?? empty),
    remove: removePreset,
  };
  const flag: FileEdit = {
    id: `${path}#middleware-flag`,
    path,
    feature: "login",
    what: "the flag that turns middleware on",
    add: (text) => addMiddlewareFlag(text ?? empty),
    // Others may use middleware by now.
    remove: null,
  };
  return reactRouter.major === 7 ? [preset, flag] : [preset];
}

/**
 * Apps without drizzle get a configuration of their own instead. A file whose table of users is adopted cannot export our
 * tables too: each would have to be loaded before the other.
 */
function schemaEdits({ drizzle, appDirectory }: Project, adopted: string | null): FileEdit[] {
  if (!drizzle) return [];
  const schema = `${appDirectory}/auth/schema`;
  const path = typeof drizzle.schema === "string" ? drizzle.schema.replace(/^\.\//, "") : "";
  if (path === `${schema}.ts`) return [];
  if (!/\.[cm]?[jt]s$/.test(path) || /[*{]/.test(path) || path === adopted) {
    return [
      {
        id: `${drizzle.configFile}#auth-schema`,
        path: drizzle.configFile,
        feature: "login",
        what: "the tables",
        add: (text) =>
          text?.includes(`${schema}.ts`)
            ? { status: "same" }
            : {
                status: "manual",
                why: `drizzle-kit must find the new tables: add them to \`schema\` in ${drizzle.configFile}.`,
                paste: `schema: ["./${schema}.ts", /* what was there */]`,
              },
        remove: null,
      },
    ];
  }
  const up = "../".repeat(path.split("/").length - 1) || "./";
  const options = { specifier: `${up}${schema}` };
  return [
    {
      id: `${path}#auth-schema`,
      path,
      feature: "login",
      what: "the tables",
      add: (text) => addSchemaExport(text ?? "", options),
      remove: (text) => removeSchemaExport(text, options),
    },
  ];
}

/** One for each entry, so that what the app had before is not taken for ours when the feature goes. */
function packageEdits(id: string, project: Project): FileEdit[] {
  const changes = changesOf(featureOf(id), project);
  return Object.entries(changes).flatMap(([group, entries]) =>
    Object.entries(entries).map(([name, value]): FileEdit => {
      const one = { ...none, [group]: { [name]: value } };
      return {
        id: `package.json#${group}/${name}`,
        path: "package.json",
        feature: id,
        what: group === "scripts" ? "scripts" : "dependencies",
        onlyWhatWasWritten: true,
        add: (text) => addToPackageJson(text ?? "{}\n", one),
        remove: (text) => removeFromPackageJson(text, one),
      };
    }),
  );
}

const none = { dependencies: {}, devDependencies: {}, scripts: {} };

function envEdits(id: string): FileEdit[] {
  const entries = featureOf(id)?.env ?? [];
  if (entries.length === 0) return [];
  return [
    {
      id: `.env#${id}`,
      path: ".env",
      feature: id,
      what: "settings and a new secret",
      add: (text) => addToEnv(text, secretsOf(entries)),
      remove: null,
    },
    {
      id: `.env.example#${id}`,
      path: ".env.example",
      feature: id,
      what: "settings",
      add: (text) => addToEnv(text, exampleOf(entries)),
      remove: null,
    },
  ];
}

/** What relative imports end in, in this app. */
function endOf({
  importExtensions,
  scriptExtension,
}: Pick<Project, "importExtensions" | "scriptExtension">) {
  return importExtensions ? `.${scriptExtension}` : "";
}
