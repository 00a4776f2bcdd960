/** What stands under a heading of the second level. */
export function section(text: string, title: string): string {
  return text.split(/^## /m).find((part) => part.startsWith(`${title}\n`)) ?? "";
}

/** The rows of the table whose first column has this head, cell by cell, without backticks. */
export function rowsOf(text: string, head: string): string[][] {
  const tables = text.split(/\n\n/).filter((part) => part.startsWith(`| ${head} |`));
  return tables.flatMap((table) =>
    table
      .trim()
      .split("\n")
      .slice(2)
      .map((row) =>
        row
          .split(/(?<!\\)\|/)
          .slice(1, -1)
          .map((cell) => cell.replaceAll("`", "").trim()),
      ),
  );
}

export function firstCells(text: string, head: string): string[] {
  return rowsOf(text, head).map(([cell = ""]) => cell);
}

/** Targets of links within the repository. */
export function linksIn(text: string): string[] {
  const prose = text.replace(/^```[\s\S]*?^```$/gm, "");
  const targets = [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => target as string);
  return targets.filter((target) => !/^[a-z]+:/.test(target));
}

/** As GitHub makes them of headings. */
export function anchorsOf(text: string): string[] {
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, title = ""]) =>
    title
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, "")
      .replaceAll(" ", "-"),
  );
}
