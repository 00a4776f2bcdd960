import { describe, expect, it } from "vitest";
import { hasMarkers, merge } from "./merge.ts";

const base = `import { a } from "a";

export function page() {
  // What visitors read.
  return "hello";
}
`;

describe("a merge", () => {
  it("keeps what you changed and brings what we changed", () => {
    const mine = base.replace('"hello"', '"good day"');
    const theirs = base.replace("function page", "async function page");
    const { text, conflicts } = merge(mine, base, theirs.replace('"a";\n', '"a";\n// new\n'));
    expect(conflicts).toBe(0);
    expect(text).toContain('"good day"');
    expect(text).toContain("// new");
    expect(text).toContain("async function page");
  });

  it("unites imports that both sides added at the same place", () => {
    const mine = base.replace('"a";\n', '"a";\nimport { mine } from "mine";\n');
    const theirs = base.replace('"a";\n', '"a";\nimport { theirs } from "theirs";\n');
    expect(merge(mine, base, theirs)).toEqual({
      conflicts: 0,
      text: base.replace(
        '"a";\n',
        '"a";\nimport { mine } from "mine";\nimport { theirs } from "theirs";\n',
      ),
    });
  });

  it("lets an import go that one side took out while the other added one", () => {
    const mine = base.replace('import { a } from "a";', 'import { b } from "b";');
    const theirs = base.replace(
      'import { a } from "a";',
      'import { a } from "a";\nimport { c } from "c";',
    );
    const { text, conflicts } = merge(mine, base, theirs);
    expect(conflicts).toBe(0);
    expect(text.split("\n").slice(0, 2)).toEqual([
      'import { b } from "b";',
      'import { c } from "c";',
    ]);
  });

  it("leaves the choice to you where both sides changed a line, and shows what it was", () => {
    const { text, conflicts } = merge(
      base.replace("hello", "mine"),
      base,
      base.replace("hello", "theirs"),
    );
    expect(conflicts).toBe(1);
    expect(text).toContain(
      '<<<<<<< yours\n  return "mine";\n||||||| before\n  return "hello";\n=======\n  return "theirs";\n>>>>>>> auth-rr\n',
    );
    expect(hasMarkers(text)).toBe(true);
    expect(hasMarkers(base)).toBe(false);
  });

  it("is no conflict where both sides did the same", () => {
    const both = base.replace("hello", "same");
    expect(merge(both, base, both)).toEqual({ text: both, conflicts: 0 });
  });

  it("keeps your line endings", () => {
    const mine = base.replaceAll("\n", "\r\n");
    expect(merge(mine, base, base.replace("hello", "new")).text).toBe(mine.replace("hello", "new"));
  });
});
