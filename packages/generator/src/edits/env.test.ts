import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseEnv } from "node:util";
import { describe, expect, it } from "vitest";
import { addToEnv, addToGitignore, type EnvEntry, gitignoreCovers, readEnv } from "./env.ts";

const secret: EnvEntry = { key: "AUTH_SECRET", value: "abc", comment: "Signs and seals." };
const origin: EnvEntry = { key: "APP_ORIGIN", value: "http://localhost:5173" };
const database: EnvEntry = {
  key: "DATABASE_URL",
  value: "postgres://user@localhost/app",
  comment: "PostgreSQL.\nLeave it out for an embedded database.",
  commented: true,
};

describe("the env file", () => {
  it("is made with all keys when it is missing", () => {
    expect(addToEnv(null, [secret, origin, database])).toMatchObject({
      status: "changed",
      text:
        "# Signs and seals.\nAUTH_SECRET=abc\nAPP_ORIGIN=http://localhost:5173\n\n" +
        "# PostgreSQL.\n# Leave it out for an embedded database.\n#DATABASE_URL=postgres://user@localhost/app\n",
    });
  });

  it("gets only what is missing, below what is there", () => {
    expect(addToEnv("AUTH_SECRET=mine", [secret, origin])).toMatchObject({
      text: "AUTH_SECRET=mine\nAPP_ORIGIN=http://localhost:5173\n",
      lines: 1,
    });
    expect(addToEnv("A=1\n", [secret])).toMatchObject({
      text: "A=1\n\n# Signs and seals.\nAUTH_SECRET=abc\n",
    });
  });

  it("keeps Windows line endings, and is the same the second time", () => {
    const edit = addToEnv("A=1\r\n", [secret, origin, database]);
    if (edit.status !== "changed") throw new Error(edit.status);
    expect(edit.text.replaceAll("\r\n", "")).not.toContain("\n");
    expect(addToEnv(edit.text, [secret, origin, database])).toEqual({ status: "same" });
  });

  it("counts a key with an empty value as there", () => {
    expect(addToEnv("AUTH_SECRET=\nexport APP_ORIGIN = ''\n", [secret, origin])).toEqual({
      status: "same",
    });
  });

  it("counts a commented key as there for a suggestion, and as missing for a setting", () => {
    expect(addToEnv("# DATABASE_URL=x\n", [database])).toEqual({ status: "same" });
    expect(addToEnv("#AUTH_SECRET=x\n", [{ ...secret, comment: "" }])).toMatchObject({
      text: "#AUTH_SECRET=x\nAUTH_SECRET=abc\n",
    });
  });

  it("takes no line of a quoted value for a key", () => {
    const text = 'KEY="first\nAUTH_SECRET=inside\nlast"\nB=2\n';
    expect([...readEnv(text).keys()]).toEqual(["KEY", "B"]);
    expect(addToEnv(text, [secret])).toMatchObject({ status: "changed" });
  });

  it.each([
    "plain",
    "with # in it",
    'with "quotes"',
    " spaced ",
    "Your App <no-reply@example.com>",
    "it's",
  ])("is read by Node.js as it was meant: %s", (value) => {
    const edit = addToEnv(null, [{ key: "KEY", value }]);
    if (edit.status !== "changed") throw new Error(edit.status);
    expect(parseEnv(edit.text)).toEqual({ KEY: value });
    expect(readEnv(edit.text).get("KEY")).toBe(value);
  });
});

describe("the ignore file", () => {
  it("gets the lines that nothing covers", () => {
    expect(
      addToGitignore("node_modules\r\n.env*\r\n", [".env", ".data/", "/.auth-rr/"]),
    ).toMatchObject({
      text: "node_modules\r\n.env*\r\n.data/\r\n/.auth-rr/\r\n",
      lines: 2,
    });
    expect(addToGitignore(null, [".env"])).toMatchObject({ text: ".env\n" });
    expect(addToGitignore(".data\n!.env.example", [".data/", "!.env.example"])).toEqual({
      status: "same",
    });
  });

  it("ignores what git ignores", () => {
    const rules = [
      [".env"],
      [".env", "!.env"],
      ["*.env"],
      [".env*", "!.env.example"],
      ["/.data"],
      [".data/"],
      ["config/.env"],
      ["**/secrets"],
      ["secrets/**", "!secrets/a/.env"],
      ["a/**/b"],
      ["[.]env", "# .data", "\\#x"],
      [".en?", " .data", ".env.local   "],
      ["config/*", "!config/.env"],
      ["config/", "!config/.env"],
      ["build/"],
      ["[z-a]", "[", "build"],
      ["*", "!*/", "!build"],
    ];
    const files = [
      ".env",
      ".env.example",
      ".env.local",
      "config/.env",
      ".data/x",
      "secrets/a/.env",
      "a/c/b",
      "#x",
      "build",
    ];
    const differences = rules.flatMap((lines) => {
      const text = `${lines.join("\n")}\n`;
      const ours = files.filter((file) => gitignoreCovers(text, file));
      return JSON.stringify(ours) === JSON.stringify(ignoredByGit(text, files))
        ? []
        : [{ lines, ours }];
    });
    expect(differences).toEqual([]);
  });
});

function ignoredByGit(text: string, files: string[]): string[] {
  const folder = mkdtempSync(join(tmpdir(), "auth-rr-ignore-"));
  try {
    execFileSync("git", ["init", "--quiet", folder]);
    writeFileSync(join(folder, ".gitignore"), text);
    for (const file of files) {
      mkdirSync(join(folder, file, ".."), { recursive: true });
      writeFileSync(join(folder, file), "");
    }
    const { stdout } = spawnSync("git", ["check-ignore", "--stdin", "-z"], {
      cwd: folder,
      input: files.join("\0"),
      encoding: "utf8",
    });
    const ignored = new Set(stdout.split("\0"));
    return files.filter((file) => ignored.has(file));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
