import type { PackageChanges } from "../edits/package-json.ts";
import type { Feature } from "../features/feature.ts";
import type { Project } from "../project/project.ts";
import { ranges } from "../render/template.ts";

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

function withRanges(names: readonly string[] = []): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, ranges[name] ?? "*"]));
}
