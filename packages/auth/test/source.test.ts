import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { ddl } from "./ddl.ts";

const src = fileURLToPath(new URL("../src", import.meta.url));
const source = readdirSync(src, { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"))
  .map((name) => [name, readFileSync(join(src, name), "utf8")] as const);

function filesWith(pattern: RegExp): string[] {
  return source.filter(([, text]) => pattern.test(text)).map(([name]) => name);
}

describe("R167 the source", () => {
  it("takes chance from node:crypto alone", () => {
    expect(filesWith(/Math\.random|faker|nanoid|Date\.now\(\)\.toString/)).toEqual([]);
    expect(filesWith(/\brandom(Bytes|UUID|Int)\b/).length).toBeGreaterThan(3);
  });

  it("compares no hash, code or tag with === or ==", () => {
    expect(
      filesWith(/(hash|Hash|code|tag|mac|secret)\s*[!=]==?\s*(?!undefined|null|"|1|0)\w/),
    ).toEqual([]);
  });
});

describe("R14 R80 the source", () => {
  it("merges no foreign object and runs no text", () => {
    expect(filesWith(/Object\.assign\((?!new Error)|\beval\(|new Function\(|merge\(/)).toEqual([]);
  });

  it("builds no SQL out of texts", () => {
    expect(filesWith(/sql\.raw|\.unsafe\(|sql\.identifier/)).toEqual([]);
  });
});

describe("R181 the tables", () => {
  it("need no extension, no collation and no type of their own", async () => {
    const statements = (await ddl()).join("\n");
    expect(statements).toContain('CREATE TABLE "sessions"');
    expect(statements).not.toMatch(/citext|collate|create extension|create type|create function/i);
  });
});
