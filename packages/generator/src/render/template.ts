import embedded from "../../templates.json" with { type: "json" };

/** A file of the fixture. Parts with `when` are there only if all those features are. */
export interface Template {
  when: string[];
  parts: { text: string; when?: string[] }[];
}

interface Embedded {
  /** Of this package and its siblings. */
  version: string;
  /** The ranges that a generated app gets. */
  ranges: Record<string, string>;
  templates: Record<string, Template>;
}

/** What the build took from the fixture. */
export const { version, ranges, templates }: Embedded = embedded;
