import type { PackageChanges } from "../edits/package-json.ts";
import { raiseInPackageJson } from "../edits/raise.ts";
import type { Lock } from "../engine/lock.ts";
import type { Feature } from "../features/feature.ts";
import type { Project } from "../project/project.ts";
import { ranges } from "../render/template.ts";
import type { FileEdit } from "./edits.ts";

/** What a feature adds to package.json. Apps without TypeScript need no types. */
export function changesOf(feature: Feature | undefined, { typescript }: Project): PackageChanges {
  const development = feature?.devDependencies.filter(
    (name) => typescript || !name.startsWith("@types/"),
  );
  return {
    dependencies: withRanges(feature?.dependencies),
    devDependencies: withRanges(development),
    scripts: feature?.scripts ?? {},
  };
}

const LIBRARIES = ["@auth-rr/auth", "@auth-rr/auth-ui"];

/** The library is raised with the files that were written for it, where its range in package.json is one we wrote. */
export function libraryEdits({ edits }: Lock): FileEdit[] {
  const ours = LIBRARIES.filter((name) => `package.json#dependencies/${name}` in edits);
  const wanted = withRanges(ours);
  return Object.entries(wanted).map(([name, range]) => ({
    id: `package.json#raised/${name}`,
    path: "package.json",
    feature: "login",
    what: `${name} ${range}`,
    always: true,
    add: (text) => raiseInPackageJson(text ?? "{}\n", { [name]: range }),
    remove: null,
  }));
}

function withRanges(names: readonly string[] = []): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, ranges[name] ?? "*"]));
}
