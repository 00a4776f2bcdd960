import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { detectedOptions } from "../commands/options.ts";
import { blobId, lf } from "../engine/blob.ts";
import type { Lock, LockedFile } from "../engine/lock.ts";
import { features } from "../features/catalog.ts";
import { editsFor } from "../plan/edits.ts";
import { textAt } from "../project/disk.ts";
import type { Project } from "../project/project.ts";
import { render } from "../render/render.ts";
import { version } from "../render/template.ts";

/** The lock that fits what is on disk; null where none of our files is. A file that differs counts as edited. */
export function rebuiltLock(project: Project): Lock | null {
  const options = optionsOnDisk(project);
  const here = features.filter(({ id }) => isHere(id, project)).map(({ id }) => id);
  if (here.length === 0) return null;
  const files: Record<string, LockedFile> = {};
  for (const [path, { feature, text }] of render(here, options)) {
    if (existsSync(join(project.root, path))) files[path] = { feature, blob: blobId(text) };
  }
  const wanted = editsFor({ features: here, options }, project);
  const edits = Object.fromEntries(wanted.map(({ id, feature }) => [id, feature]));
  return { lockfileVersion: 1, generator: version, features: here, options, files, edits };
}

function isHere(id: string, project: Project): boolean {
  const own = [...render([id], detectedOptions(project))].filter(
    ([, { feature }]) => feature === id,
  );
  const present = own.filter(([path]) => existsSync(join(project.root, path)));
  return own.length > 0 && present.length * 2 > own.length;
}

/** The app's name stands in auth.server.ts; nearly everything else is found as at the first run. */
function optionsOnDisk(project: Project) {
  const found = detectedOptions(project);
  const file = join(project.root, found.appDirectory, "auth/auth.server.ts");
  const text = existsSync(file) ? lf(readFileSync(file, "utf8")) : "";
  const schema = textAt(project.root, found.appDirectory, "auth/schema.ts") ?? "";
  const adopts = /^export \{ users \};/m.test(schema);
  const drizzleConfig = project.drizzle?.schema === `./${found.appDirectory}/auth/schema.ts`;
  return {
    ...found,
    drizzleConfig,
    adoptedUsers: adopts ? project.users : null,
    appName: /appName: "([^"]*)"/.exec(text)?.[1] ?? found.appName,
  };
}
