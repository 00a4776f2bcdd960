/** Major, minor, patch. */
export type Version = readonly [number, number, number];

const PLAIN = /^[v=^~]*(\d+)(?:\.(\d+|[x*]))?(?:\.(\d+|[x*]))?(?:[-+][\w.+-]*)?$/i;

/** The lowest version of a plain range: "7.16.0", "^7.16.0", "~7.1", "7.x"; null for `catalog:`, `>=7 <9`, tags and the like. */
export function lowestOf(range: string): Version | null {
  const [, ...numbers] = PLAIN.exec(range.trim()) ?? [];
  if (numbers.length === 0) return null;
  const [major, minor, patch] = numbers.map((text) => Number.parseInt(text ?? "0", 10) || 0);
  return [major ?? 0, minor ?? 0, patch ?? 0];
}

/** Whether one version comes before another. */
export function isBelow(one: Version, other: Version): boolean {
  const place = one.findIndex((number, at) => number !== other[at]);
  return place !== -1 && (one[place] ?? 0) < (other[place] ?? 0);
}

/** Whether a plain range begins below another; false where either cannot be read. */
export function isOlder(range: string, than: string): boolean {
  const [one, other] = [lowestOf(range), lowestOf(than)];
  return one !== null && other !== null && isBelow(one, other);
}
