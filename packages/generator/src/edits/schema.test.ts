import { describe, expect, it } from "vitest";
import { roundTrip } from "../../test/round-trip.ts";
import { addSchemaExport, removeSchemaExport } from "./schema.ts";

const specifier = "../app/auth/schema";
const line = `export * from "${specifier}";\n`;
const pair = {
  add: (text: string) => addSchemaExport(text, { specifier }),
  remove: (text: string) => removeSchemaExport(text, { specifier }),
};
const tables =
  'import { pgTable } from "drizzle-orm/pg-core";\n\nexport const notes = pgTable("notes", {});\n';

describe("the schema file", () => {
  const shapes: Record<string, [before: string, after: string]> = {
    "with tables": [tables, `${tables}\n${line}`],
    "with tables and no last line break": [tables.trimEnd(), `${tables}\n${line}`.trimEnd()],
    "of re-exports": [
      'export * from "./notes";\nexport { tags } from "./tags"; // small\n',
      `export * from "./notes";\nexport { tags } from "./tags"; // small\n${line}`,
    ],
    "of re-exports, tables below": [
      `export * from "./a";\n\n${tables}`,
      `export * from "./a";\n${line}\n${tables}`,
    ],
    "without semicolons": [
      "export * from './notes'\n",
      `export * from './notes'\nexport * from '${specifier}'\n`,
    ],
    "with only a comment": ["// Tables\n", `// Tables\n\n${line}`],
  };

  for (const [name, [before, after]] of Object.entries(shapes)) {
    it(`exports the auth tables once, and is given back: ${name}`, () => {
      roundTrip(pair, before, after);
    });
  }

  it("need not hold anything", () => {
    expect(pair.add("")).toEqual({ status: "changed", text: line, lines: 1 });
    expect(pair.remove(line)).toEqual({ status: "changed", text: "", lines: 1 });
  });

  it("counts another spelling of the same file", () => {
    expect(pair.add('export * from "~/auth/schema.ts";\n')).toEqual({ status: "same" });
  });

  it("with a syntax error is left to the user", () => {
    const paste = line.trimEnd();
    expect(pair.add("export const = ;")).toMatchObject({ status: "manual", paste });
    expect(pair.remove("export const = ;")).toMatchObject({ status: "manual", paste });
  });
});
