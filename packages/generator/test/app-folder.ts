import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";

/** A folder with these files, gone when the test is over. Objects are written as JSON. */
export function appFolder(files: Record<string, string | object>): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "auth-rr-app-")));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const [name, content] of Object.entries(files)) {
    const file = join(folder, name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, typeof content === "string" ? content : JSON.stringify(content, null, 2));
  }
  return folder;
}

/** What makes a folder an app of React Router 8. */
export const reactRouter8 = {
  name: "app",
  type: "module",
  dependencies: { "react-router": "8.4.0" },
  devDependencies: { "@react-router/dev": "8.4.0" },
};
