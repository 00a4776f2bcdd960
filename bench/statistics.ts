/** The value below which this share of the values lies, by linear interpolation. */
export function quantile(values: number[], share: number): number {
  const sorted = Float64Array.from(values).sort();
  const at = (sorted.length - 1) * share;
  const low = sorted[Math.floor(at)] ?? Number.NaN;
  const high = sorted[Math.ceil(at)] ?? Number.NaN;
  return low + (high - low) * (at - Math.floor(at));
}

export const median = (values: number[]) => quantile(values, 0.5);

/** Two of one thing in the same run: of their medians, and of their best quartiles, as on a quiet machine. */
export interface Ratio {
  median: number;
  best: number;
}

/** How many times the baseline; for times and costs, where less is better. */
export function timesOf(measured: number[], baseline: number[]): Ratio {
  return {
    median: median(measured) / median(baseline),
    best: quantile(measured, 0.25) / quantile(baseline, 0.25),
  };
}

/** How many times the baseline; for throughput, where more is better. */
export function shareOf(measured: number[], baseline: number[]): Ratio {
  return {
    median: median(measured) / median(baseline),
    best: quantile(measured, 0.75) / quantile(baseline, 0.75),
  };
}
