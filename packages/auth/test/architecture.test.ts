import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const src = fileURLToPath(new URL("../src", import.meta.url));
const files = readdirSync(src, { recursive: true, encoding: "utf8" }).filter(
  (name) => name.endsWith(".ts") && !name.endsWith(".test.ts"),
);

/** What each file imports: packages by name, files by their path in src. */
const imports = new Map(
  files.map((file) => {
    const text = readFileSync(join(src, file), "utf8");
    const named = [...text.matchAll(/(?:from|import)\s*\(?\s*"([^"]+)"/g)].map(
      ([, from]) => from as string,
    );
    return [
      file,
      named.map((from) =>
        from.startsWith(".") ? relative(src, join(src, dirname(file), from)) : from,
      ),
    ];
  }),
);

function filesImporting(name: string): string[] {
  return files.filter((file) =>
    imports.get(file)?.some((from) => from === name || from.startsWith(`${name}/`)),
  );
}

const BASE = ["users", "sessions", "session-rotation", "tokens", "rate-limits", "audit", "outbox"];

/** What siblings may share besides the base features: see docs/decisions. */
const SHARED = ["features/passwords/keeper.ts"];

it("keeps SQL in tables, stores and the one file that knows drizzle", () => {
  const allowed = /(\/table|\/store)\.ts$|^(database|core|auth|testing)\.ts$/;
  expect(filesImporting("drizzle-orm").filter((file) => !allowed.test(file))).toEqual([]);
});

it("keeps React Router at the edge", () => {
  expect(filesImporting("react-router").filter((file) => !file.startsWith("router/"))).toEqual([]);
});

it.each([
  ["@node-rs/argon2", "features/passwords/"],
  ["bcryptjs", "features/passwords/"],
  ["nodemailer", "features/outbox/smtp.ts"],
  ["otplib", "features/totp/code.ts"],
  ["@simplewebauthn/server", "features/passkeys/ceremony.ts"],
])("imports %s in one file", (name, place) => {
  const found = filesImporting(name);
  expect(found).toHaveLength(1);
  expect(found[0]).toContain(place);
});

it("lets a feature know the base features and never a sibling, the front door or the router", () => {
  const wrong = files
    .filter((file) => file.startsWith("features/"))
    .flatMap((file) =>
      (imports.get(file) ?? [])
        .filter((from) => !mayImport(file, from))
        .map((from) => `${file} → ${from}`),
    );
  expect(wrong).toEqual([]);
});

it("lets nothing but the front door start a session", () => {
  const starters = files.filter((file) =>
    /sessions\(core[^)]*\)\.start\(/.test(readFileSync(join(src, file), "utf8")),
  );
  expect(starters).toEqual(["login.ts", "testing.ts"]);
});

it("has no file whose name says nothing, and no barrel but the package's entries", () => {
  expect(
    files.filter((file) => /(^|\/)(utils?|helpers?|misc|common|types)\.ts$/.test(file)),
  ).toEqual([]);
  expect(files.filter((file) => /(^|\/)index\.ts$/.test(file))).toEqual(["index.ts"]);
});

it("keeps crypto/ and http/ pure", () => {
  const pure = files.filter((file) => /^(crypto|http)\//.test(file));
  const outward = pure.flatMap((file) =>
    (imports.get(file) ?? []).filter((from) => /^(features|router)\//.test(from)),
  );
  expect(outward).toEqual([]);
});

function mayImport(file: string, from: string): boolean {
  if (from === "login.ts" || from.startsWith("router/")) return false;
  if (!from.startsWith("features/")) return true;
  const [, own] = file.split("/");
  const [, other = ""] = from.split("/");
  return other === own || BASE.includes(other) || SHARED.includes(from);
}
