/** What a route asks of its visitors. */
export type Guard = "signed-in" | "anonymous" | "public" | "none";

/**
 * Reads a route module: a guard in its middleware or above it covers everything, `requireUser` only the function it
 * stands in. A comment with `@public` says that the route is meant for everybody.
 */
export function guardOf(source: string, inherited: Guard): Guard {
  const code = withoutComments(source);
  if (inherited === "signed-in" || /\bmiddleware\b[^;]*\bguard\(/.test(code)) return "signed-in";
  const asked = serverFunctions(code);
  if (asked.length > 0 && asked.every((body) => /\brequire(User|VerifiedEmail)\(/.test(body))) {
    return "signed-in";
  }
  if (/\brequireAnonymous\(/.test(code)) return "anonymous";
  return /@public\b/.test(source) ? "public" : "none";
}

/** The text of each exported loader and action, up to the next export. */
function serverFunctions(code: string): string[] {
  return code
    .split(/^export\s+/m)
    .filter((part) => /^(async\s+)?(function|const)\s+(loader|action)\b/.test(part));
}

function withoutComments(source: string): string {
  return source.replace(/\/\*[\s\S]*?\*\//g, "").replace(/(^|\s)\/\/.*$/gm, "$1");
}
