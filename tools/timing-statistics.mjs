/** The middle of the values. */
export function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return (sorted[Math.floor(middle)] + sorted[Math.ceil(middle) - 1]) / 2;
}

/**
 * Mann-Whitney U: how often a value of the first sample exceeds one of the second, and how likely so much of a
 * difference is (two-sided, normal approximation, good from 20 values on) when both come from the same source.
 */
export function rankTest(first, second) {
  const [m, n] = [first.length, second.length];
  const u = rankSum(first, second) - (m * (m + 1)) / 2;
  const deviation = Math.sqrt((m * n * (m + n + 1)) / 12);
  const z = (Math.abs(u - (m * n) / 2) - 0.5) / deviation;
  return { chance: u / (m * n), p: Math.min(1, 2 * upperTail(z)) };
}

/** Of the first sample among both; equal values share their ranks. */
function rankSum(first, second) {
  const all = [...first.map((value) => [value, 1]), ...second.map((value) => [value, 0])];
  all.sort(([a], [b]) => a - b);
  let sum = 0;
  for (let from = 0; from < all.length; ) {
    let to = from;
    while (to < all.length && all[to][0] === all[from][0]) to += 1;
    const rank = (from + 1 + to) / 2;
    for (const [, isFirst] of all.slice(from, to)) sum += isFirst * rank;
    from = to;
  }
  return sum;
}

/** Of the normal distribution, beyond z ≥ 0: Abramowitz and Stegun 26.2.17, exact to 10⁻⁷. */
function upperTail(z) {
  const t = 1 / (1 + 0.2316419 * Math.max(0, z));
  const sum =
    t *
    (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  return (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) * sum;
}
