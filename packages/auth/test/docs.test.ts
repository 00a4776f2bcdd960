import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { audit } from "../src/features/audit/audit.ts";
import { outbox } from "../src/features/outbox/outbox.ts";
import { rateLimits } from "../src/features/rate-limits/rate-limits.ts";
import { sessionRotation } from "../src/features/session-rotation/session-rotation.ts";
import { defaultSessionLimits } from "../src/features/sessions/limits.ts";
import { PURPOSES } from "../src/features/tokens/purposes.ts";
import { tokens } from "../src/features/tokens/tokens.ts";
import { defaultPaths } from "../src/paths.ts";
import { type CodeBlock, codeBlocks, typeErrors } from "./docs-app.ts";
import { openHouse } from "./house.ts";
import { anchorsOf, firstCells, linksIn, rowsOf, section } from "./markdown.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const src = join(root, "packages/auth/src");
const features = readdirSync(join(src, "features"));

/** Every page for people to read, by its path in the repository. */
const pages = new Map(
  [...filesUnder("docs", ".md"), "README.md", ...filesUnder("packages", "README.md")]
    .filter((path) => existsSync(join(root, path)))
    .map((path) => [path, read(path)]),
);

const HEADINGS = ["What it promises", "Use it", "Options", "Events", "Threats"];

let house: Awaited<ReturnType<typeof openHouse>>;
beforeAll(async () => {
  house = await openHouse();
});

describe("the page of a feature", () => {
  it("is there for every feature, and for nothing else", () => {
    const documented = readdirSync(join(root, "docs/features")).map((name) => name.slice(0, -3));
    expect(documented.sort()).toEqual([...features].sort());
  });

  it.each(features)("tells of %s under the same five headings", (feature) => {
    const headings = [...featurePage(feature).matchAll(/^## (.+)$/gm)].map(([, title]) => title);
    expect(headings).toEqual(HEADINGS);
  });

  it.each(features)("names every operation of %s, and none that is not there", (feature) => {
    const operations = operationsOf(feature);
    const named = firstCells(section(featurePage(feature), "Use it"), "operation");
    expect(operations.filter((name) => !featurePage(feature).includes(`\`${name}\``))).toEqual([]);
    expect(named.filter((name) => !operations.includes(name))).toEqual([]);
  });

  it("lists every audit action, once", () => {
    const listed = features.flatMap((name) =>
      firstCells(section(featurePage(name), "Events"), "audit action"),
    );
    expect(listed.sort()).toEqual(keysOf("features/audit/actions.ts", "AuditActions").toSorted());
  });

  it("lists every mail, once, and what its template is given", () => {
    const listed = features.flatMap((name) =>
      firstCells(section(featurePage(name), "Events"), "mail"),
    );
    expect(listed.sort()).toEqual(keysOf("features/outbox/mails.ts", "Mails").toSorted());
    for (const [, kind, fields = ""] of block("features/outbox/mails.ts", "Mails").matchAll(
      /^ {2}"(.+)": \{ (.+) \};$/gm,
    )) {
      const names = [...fields.matchAll(/(\w+):/g)].map(([, name]) => `\`${name}\``);
      expect(featurePage("outbox")).toContain(`| ${kind} | ${names.join(", ")} |`);
    }
  });

  it("gives every token its lifetime", () => {
    const rows = rowsOf(section(featurePage("tokens"), "Options"), "purpose");
    expect(rows.map(([purpose, lifetime]) => [purpose, lifetime])).toEqual(
      Object.entries(PURPOSES).map(([purpose, lifetime]) => [purpose, inWords(lifetime)]),
    );
  });

  it("gives every limit its count and time", () => {
    const windows = [
      ...readSource("features/rate-limits/rate-limits.ts").matchAll(
        /"(.+)": \{ count: (\d+), per: (\w+)\((\d+)\) \}/g,
      ),
    ].map(([, name, count, unit = "", per]) => [name, count, plural(Number(per), unit)]);
    expect(windows.length).toBeGreaterThan(0);
    const rows = rowsOf(section(featurePage("rate-limits"), "Options"), "window");
    expect(rows.map(([name, hits, per]) => [name, hits, per])).toEqual(windows);
  });

  it("gives every session its limits", () => {
    const rows = rowsOf(section(featurePage("sessions"), "Options"), "`sessionLimits`");
    expect(rows).toEqual(
      Object.entries(defaultSessionLimits).map(([kind, { absolute, idle }]) => [
        kind,
        inWords(absolute),
        inWords(idle),
      ]),
    );
  });

  it.each([
    ["passwords", "features/passwords/keeper.ts", "PasswordRules"],
    ["passwords", "features/passwords/passwords.ts", "PasswordsOptions"],
    [
      "email-verification",
      "features/email-verification/email-verification.ts",
      "EmailVerificationOptions",
    ],
    ["password-reset", "features/password-reset/password-reset.ts", "PasswordResetOptions"],
    ["totp", "features/totp/totp.ts", "TotpOptions"],
    ["backup-codes", "features/backup-codes/backup-codes.ts", "BackupCodesOptions"],
    ["trusted-devices", "features/trusted-devices/trusted-devices.ts", "TrustedDevicesOptions"],
    ["email-codes", "features/email-codes/email-codes.ts", "EmailCodesOptions"],
    ["passkeys", "features/passkeys/passkeys.ts", "PasskeysOptions"],
    ["passkeys", "features/passkeys/relying-party.ts", "RelyingPartyOptions"],
    ["account-deletion", "features/account-deletion/account-deletion.ts", "AccountDeletionOptions"],
  ])("has every option of %s in %s", (feature, file, name) => {
    const options = firstCells(section(featurePage(feature), "Options"), "option");
    expect(options).toEqual(expect.arrayContaining(keysOf(file, name)));
  });

  it("cites a security check only where a test holds it, or says that none does", () => {
    const tested = new Set(testFiles().flatMap((path) => checksIn(read(path), /["'`].*/g)));
    const unheld = features.flatMap((name) =>
      section(featurePage(name), "Threats")
        .split(/^- /m)
        .filter((threat) => !threat.includes("*(no test yet)*"))
        .flatMap((threat) => checksIn(threat, /\*\*.+?\*\*/g))
        .filter((check) => !tested.has(check))
        .map((check) => `${name}: ${check}`),
    );
    expect(unheld).toEqual([]);
  });
});

describe("errors.md", () => {
  const page = () => pages.get("docs/errors.md") ?? "";

  it("tells of every code, what happened, why it matters and what to do", () => {
    const codes = [...readSource("errors.ts").matchAll(/"(ERR_AUTH_\w+)"/g)].map(
      ([, code]) => code,
    );
    const told = [...page().matchAll(/^### (ERR_AUTH_\w+)$/gm)].map(([, code]) => code);
    expect(told).toEqual(codes);
    for (const chapter of page().split(/^### /m).slice(1)) {
      expect(chapter).toMatch(
        /\*What happened\.\*[\s\S]+\*Why it matters\.\*[\s\S]+\*What to do\.\*/,
      );
    }
    const elsewhere = [...pages.values()].flatMap((text) => text.match(/ERR_AUTH_[A-Z_]+/g) ?? []);
    expect(elsewhere.filter((code) => !codes.includes(code))).toEqual([]);
  });

  it("tells of every reason", () => {
    const told = page()
      .match(/^(\| )?`[a-z_]+`/gm)
      ?.map((cell) => cell.replace(/[| `]/g, ""));
    expect(told?.sort()).toEqual([...reasonsInSource()].sort());
  });
});

describe("testing.md", () => {
  const page = () => pages.get("docs/testing.md") ?? "";

  it("R187 tells of every file of which coverage leaves something out, and why", () => {
    const marked = filesUnder("packages/auth/src", ".ts").filter((path) =>
      /v8 ignore/.test(read(path)),
    );
    const told = rowsOf(section(page(), "Every line and branch"), "left out");
    expect(told.map(([file]) => `packages/auth/src/${file}`).sort()).toEqual(marked.sort());
    for (const [file, why = ""] of told) expect(why, file).not.toBe("");
  });
});

describe("configuration.md", () => {
  const page = () => pages.get("docs/configuration.md") ?? "";

  it("has every option of createAuth", () => {
    const options = [
      ...keysOf("config.ts", "Environment"),
      ...keysOf("auth.ts", "AuthConfig"),
    ].sort();
    expect(firstCells(section(page(), "createAuth"), "option").sort()).toEqual(options);
    const mail = firstCells(section(featurePage("outbox"), "Options"), "option");
    expect(mail).toEqual(
      keysOf("features/outbox/delivery.ts", "MailConfig").map((key) => `mail.${key}`),
    );
  });

  it("has every path with its default, and every hook", () => {
    const paths = rowsOf(section(page(), "createAuth"), "key").map(([key, path]) => [key, path]);
    expect(paths).toEqual(Object.entries(defaultPaths));
    expect(firstCells(section(page(), "createAuth"), "hook")).toEqual(keysOf("core.ts", "Hooks"));
  });

  it("has everything that createAuth gives", () => {
    const helpers = Object.keys(house.auth).filter((name) => !featureNames().includes(name));
    const table = section(page(), "What createAuth gives");
    const named = [...table.matchAll(/^\| (`.+?`) \| /gm)].flatMap(([, cell = ""]) =>
      cell.replaceAll("`", "").split(", "),
    );
    expect(named.filter((name) => name !== "auth.…").sort()).toEqual(helpers.sort());
  });

  it("has every entry point of the package", () => {
    const { exports } = JSON.parse(read("packages/auth/package.json"));
    const named = section(page(), "Entry points").matchAll(/`(?:@auth-rr\/auth|…)(\/[\w-]+)?`/g);
    expect([...named].map(([, entry = ""]) => `.${entry}`).sort()).toEqual(
      Object.keys(exports)
        .filter((name) => !name.endsWith(".json"))
        .sort(),
    );
  });

  it("has every environment variable of the example app", () => {
    const named = firstCells(section(page(), "Environment variables"), "variable");
    const used = read("fixtures/rr-app/.env.example").match(/^#?[A-Z_]+(?==)/gm) ?? [];
    expect(named).toEqual(expect.arrayContaining(used.map((name) => name.replace("#", ""))));
  });
});

describe("all pages", () => {
  it("call only what is there", () => {
    const missing = [...pages].flatMap(([path, text]) =>
      [...callsIn(text)].filter((call) => !isThere(call)).map((call) => `${path}: ${call}`),
    );
    expect(missing).toEqual([]);
  });

  it("link only to what is there", () => {
    const broken = [...pages].flatMap(([path, text]) =>
      linksIn(text)
        .filter((link) => !leadsSomewhere(path, link))
        .map((link) => `${path}: ${link}`),
    );
    expect(broken).toEqual([]);
  });
});

describe("the app in the docs", () => {
  const blocks = [...pages.values()].flatMap(codeBlocks);

  it("tells each file once, and mounts only routes it tells", () => {
    const files = blocks.map(({ path }) => path);
    expect(files.filter((path, index) => files.indexOf(path) !== index)).toEqual([]);
    expect(blocks.flatMap(routesMounted).filter((path) => !files.includes(path))).toEqual([]);
  });

  it("type-checks, with the route types of React Router", async () => {
    expect(blocks.length).toBeGreaterThan(20);
    expect(await typeErrors(blocks)).toBe("");
  });
});

function routesMounted({ path, text }: CodeBlock): string[] {
  if (!path.endsWith("routes.ts")) return [];
  return [...text.matchAll(/"(routes\/[^"]+\.tsx?)"/g)].map(([, file]) => `app/${file}`);
}

/** The name under which the test house, like an app, lists the feature of this folder. */
function nameOf(feature: string): string {
  return feature.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
}

function featureNames(): string[] {
  return [...features.map(nameOf).filter((name) => name !== "sessions"), "fakeFactor"];
}

/** What routes may call on `auth`; of the base features, what other features may call. */
function operationsOf(feature: string): string[] {
  const { core, auth } = house;
  const base = {
    tokens,
    "rate-limits": rateLimits,
    audit,
    outbox,
    "session-rotation": sessionRotation,
  }[feature];
  const bound = (auth as unknown as Record<string, object>)[nameOf(feature)];
  return Object.keys(base?.(core) ?? bound ?? {});
}

function featurePage(feature: string): string {
  return pages.get(`docs/features/${feature}.md`) ?? "";
}

/** The members of an interface in the source, as they stand there. */
function block(file: string, name: string): string {
  const [, after] = readSource(file).split(new RegExp(`interface ${name}\\b`));
  const [, members] = /\{\n([\s\S]*?)\n\}/.exec(after ?? "") ?? [];
  if (members === undefined) throw new Error(`no interface ${name} in ${file}`);
  return members;
}

function keysOf(file: string, name: string): string[] {
  const members = block(file, name).matchAll(/^ {2}(?:"([^"]+)"|(\w+))\??[(:]/gm);
  return [...members].map(([, quoted, bare]) => (quoted ?? bare) as string);
}

/** The words of `{ reason }` in the source: beside that key, or in a union of their own. */
function reasonsInSource(): Set<string> {
  const lines = filesUnder("packages/auth/src", ".ts")
    .filter((path) => !path.endsWith(".test.ts"))
    .flatMap((path) => read(path).split("\n"))
    .filter((line) => /\breason\b|^\s*\| "/.test(line));
  const words = lines.flatMap((line) => line.match(/"(?:[a-z]+(?:_[a-z]+)+|busy|unavailable)"/g));
  return new Set(words.filter((word) => word !== null).map((word) => word.slice(1, -1)));
}

function testFiles(): string[] {
  return ["packages", "fixtures"].flatMap((folder) =>
    filesUnder(folder, "").filter((path) => /\.(test|spec)\.tsx?$/.test(path)),
  );
}

/** The numbers of security checks within what the pattern finds. */
function checksIn(text: string, within: RegExp): string[] {
  return (text.match(within) ?? []).flatMap((part) => part.match(/\bR\d+\b/g) ?? []);
}

/** `auth.login`, `auth.sessions.list`, unless the page says that there is no such thing. */
function callsIn(text: string): Set<string> {
  const positive = text.replace(/There is no `auth\.\w+`/g, "");
  const calls = positive.match(/(?<![\w/])auth\.[a-z]\w*(\.[a-z]\w*)?/g) ?? [];
  return new Set(calls.filter((call) => !/^auth\.(server|ts)\b/.test(call)));
}

function isThere(call: string): boolean {
  const [, first = "", second] = call.split(".");
  const found = (house.auth as unknown as Record<string, Record<string, unknown>>)[first];
  return found !== undefined && (second === undefined || found[second] !== undefined);
}

function leadsSomewhere(from: string, link: string): boolean {
  const [file = "", anchor] = link.split("#");
  const path = file === "" ? from : join(dirname(from), file);
  if (!existsSync(join(root, path))) return false;
  return anchor === undefined || anchorsOf(read(path)).includes(anchor);
}

function inWords(seconds: number): string {
  const units: [string, number][] = [
    ["days", 24 * 60 * 60],
    ["hours", 60 * 60],
    ["minutes", 60],
  ];
  // A day stays 24 hours, as the pages say it.
  const [unit = "", length = 1] =
    units.find(([, length]) => seconds % length === 0 && seconds > length) ?? [];
  return plural(seconds / length, unit);
}

function plural(count: number, unit: string): string {
  return `${count} ${count === 1 ? unit.slice(0, -1) : unit}`;
}

function filesUnder(folder: string, ending: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .map((name) => join(folder, name))
    .filter((path) => path.endsWith(ending) && !/\b(node_modules|dist|build)\//.test(path));
}

function read(path: string): string {
  return readFileSync(join(root, path), "utf8");
}

function readSource(file: string): string {
  return read(`packages/auth/src/${file}`);
}
