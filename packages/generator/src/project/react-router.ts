import { isBelow, lowestOf } from "../edits/range.ts";
import { foldersUp, textAt } from "./disk.ts";
import { type Manifest, readManifest } from "./manifest.ts";
import { Refusal } from "./refusal.ts";

/** The version of React Router an app asks for, and the one it has. */
export interface ReactRouter {
  /** The range in package.json, as written. */
  declared: string | null;
  /** The version in node_modules; null before the first install. */
  installed: string | null;
  major: 7 | 8 | null;
  /** Whether it is a 7 from before the oldest one that works; where nothing tells, it is none. */
  behind: boolean;
}

/** The oldest React Router 7 that @auth-rr/auth runs with, as its peer range says. */
export const OLDEST_SEVEN = [7, 18, 2] as const;

/** Refuses what is older than 7 or newer than 8. */
export function reactRouterOf(
  root: string,
  manifest: Manifest,
  workspaceRoot: string | null,
): ReactRouter {
  const shared = workspaceRoot === null ? null : readManifest(workspaceRoot);
  const dependencies = { ...shared?.dependencies, ...manifest.dependencies };
  const declared = dependencies["react-router"] ?? dependencies["@react-router/dev"] ?? null;
  const installed = installedVersion(root);
  const range = declared?.startsWith("catalog:") ? catalogued(workspaceRoot ?? root) : declared;
  const major = majorOf(installed ?? range);
  if (major !== null && major < 7) {
    throw new Refusal({
      code: "REACT_ROUTER_TOO_OLD",
      message: `This app has React Router ${installed ?? range}; auth-rr needs 7.18 or 8.`,
      cure: "Upgrade first: https://reactrouter.com/upgrading",
    });
  }
  if (major !== null && major > 8) {
    throw new Refusal({
      code: "REACT_ROUTER_TOO_NEW",
      message: `This app has React Router ${installed ?? range}, which this version of auth-rr does not know.`,
      cure: "Use a newer auth-rr: npx auth-rr@latest",
    });
  }
  const behind = major === 7 && isBehind(range, installed);
  return { declared, installed, major: major as 7 | 8 | null, behind };
}

/** What is raised in package.json and not yet installed counts as raised. */
function isBehind(range: string | null, installed: string | null): boolean {
  const asked = lowestOf(range ?? "");
  if (asked && !isBelow(asked, OLDEST_SEVEN)) return false;
  const have = installed === null ? asked : lowestOf(installed);
  return have !== null && isBelow(have, OLDEST_SEVEN);
}

function installedVersion(root: string): string | null {
  const text = foldersUp(root)
    .map((folder) => textAt(folder, "node_modules/react-router/package.json"))
    .find((found) => found !== null);
  return /"version"\s*:\s*"([^"]+)"/.exec(text ?? "")?.[1] ?? null;
}

/** What pnpm's catalog or Bun's says of react-router. */
function catalogued(root: string): string | null {
  const yaml = textAt(root, "pnpm-workspace.yaml") ?? "";
  const json = readManifest(root)?.text ?? "";
  return (
    /^\s+["']?react-router["']?\s*:\s*["']?([^\s"'#]+)/m.exec(yaml)?.[1] ??
    /"react-router"\s*:\s*"(?!catalog:)([^"]+)"/.exec(json)?.[1] ??
    null
  );
}

/** The first number of a version or range; null for words like "latest". */
function majorOf(range: string | null): number | null {
  const digits = /^(?:npm:.*@)?[\s=v^~<>]*(\d+)/.exec(range ?? "")?.[1];
  return digits === undefined ? null : Number(digits);
}
