import type { Ratio } from "./statistics.ts";

/** A line of the table. Without `asked` it is there to compare with, and nothing is demanded of it. */
export interface Row {
  goal: string;
  what: string;
  asked: { atMost: number } | { atLeast: number } | null;
  measured: Ratio;
  unit?: "×" | "ms" | "rows/s" | "%" | "statements" | "files";
}

/** As Markdown, so that the table in docs/performance.md is what was printed. */
export function tableOf(rows: Row[]): string {
  const head = ["goal", "what", "asked", "measured", "best quartile", ""];
  const lines = rows.map((row) => [
    row.goal,
    row.what,
    askedText(row),
    `**${amount(row.measured.median, row)}**`,
    amount(row.measured.best, row),
    verdict(row),
  ]);
  return [head, head.map(() => "---"), ...lines]
    .map((cells) => `| ${cells.join(" | ")} |`)
    .join("\n");
}

/** By the median alone; the best quartile only tells how much of it is the machine's noise. */
export function isMet({ asked, measured }: Row): boolean {
  if (!asked) return true;
  return "atMost" in asked ? measured.median <= asked.atMost : measured.median >= asked.atLeast;
}

function verdict(row: Row): string {
  if (!row.asked) return "–";
  return isMet(row) ? "met" : "missed";
}

function askedText(row: Row): string {
  const { asked } = row;
  if (!asked) return "–";
  return "atMost" in asked ? `≤ ${amount(asked.atMost, row)}` : `≥ ${amount(asked.atLeast, row)}`;
}

function amount(value: number, { unit = "×" }: Row): string {
  const text =
    Math.abs(value) >= 100 ? String(Math.round(value)) : String(Number(value.toPrecision(3)));
  return unit === "×" ? `${text}${unit}` : `${text} ${unit}`;
}
