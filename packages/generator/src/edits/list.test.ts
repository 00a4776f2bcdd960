import { array, assert, boolean, constantFrom, property, record } from "fast-check";
import { expect, it } from "vitest";
import { addAuthRoutes, removeAuthRoutes } from "./routes.ts";

const specifier = "./auth/routes";

/** One entry of a list, with what may stand around it before the comma and after. */
const entry = record({
  text: constantFrom(
    'index("a.tsx")',
    "...others",
    '{ path: "x", file: "x.tsx" }',
    'route("*", "404.tsx")',
  ),
  before: constantFrom("", " /* , ] */", "\n  // ] no end\n "),
  after: constantFrom(" ", "\n\t", "\n\n  ", " // , [\n  ", "/* x */ ", ""),
});
const list = record({
  entries: array(entry, { maxLength: 4 }),
  open: constantFrom("", " ", "\n  ", " // [ routes ]\n\t", "\n  /* [ */ "),
  lastComma: boolean(),
  close: constantFrom("", " ", "\n", "\n  // done ]\n"),
});

it("a list of any layout takes the routes, stays a list, and is given back to the byte", () => {
  assert(
    property(list, boolean(), ({ entries, open, lastComma, close }, windows) => {
      const inside = entries.map(({ text, before, after }, at) => {
        const isLast = at === entries.length - 1;
        return text + before + (isLast ? (lastComma ? "," : "") : `,${after}`);
      });
      const written = `import x from "x";\nexport default [${open}${inside.join("")}${close}];\n`;
      const text = windows ? written.replaceAll("\n", "\r\n") : written;
      const added = addAuthRoutes(text, { specifier });
      if (added.status !== "changed") throw new Error(added.status);
      expect(windows && /(?<!\r)\n/.test(added.text)).toBe(false);
      expect(addAuthRoutes(added.text, { specifier })).toEqual({ status: "same" });
      expect(removeAuthRoutes(added.text, { specifier })).toMatchObject({ text });
    }),
    { numRuns: 1000 },
  );
});
