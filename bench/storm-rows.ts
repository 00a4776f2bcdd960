import { type Probe, ROUTES, type Route } from "./probes.ts";
import { median, quantile, type Ratio, shareOf } from "./statistics.ts";
import type { Storm } from "./storm.ts";
import type { Row } from "./table.ts";

/** Until the queue of a storm has formed, and until it is gone. */
const EDGE_MS = 500;

const NAMES: Record<Route, string> = {
  "/plain": "a route without auth",
  "/user": "a route that asks who is there",
  "/cookie": "React Router's signed cookie",
  "/file": "`fs.readFile`",
};

/** P8: how many times as long answers take during a storm as before and after it. */
export function stormRows(storms: Storm[]): Row[] {
  const of = (kind: Storm["kind"]) => storms.filter((storm) => storm.kind === kind);
  const asked = (share: number, atMost: number) =>
    ROUTES.map((route) => ({
      goal: "P8",
      what: `32 clients log in: ${NAMES[route]}, p${share * 100} of calm`,
      asked: { atMost },
      measured: slowdown(of("ours"), route, share),
    }));
  const compared = (["naive", "better-auth"] as const).map((kind) => ({
    goal: "–",
    what: `… a route without auth, p50, ${kind === "naive" ? "with `await argon2.verify()`" : "with Better Auth"}`,
    asked: null,
    measured: slowdown(of(kind), "/plain", 0.5),
  }));
  const speed = (kind: Storm["kind"]) => of(kind).map(({ loginsPerSecond }) => loginsPerSecond);
  return [
    ...asked(0.5, 3),
    ...asked(0.99, 2),
    ...compared,
    {
      goal: "–",
      what: "… logins/s of those with `await argon2.verify()`",
      asked: null,
      measured: shareOf(speed("ours"), speed("naive")),
    },
    {
      goal: "–",
      what: "… logins told to come back, by 503",
      asked: null,
      measured: percent(of("ours").map(({ busy }) => busy)),
      unit: "%",
    },
  ];
}

function percent(shares: number[]): Ratio {
  return { median: 100 * median(shares), best: 100 * quantile(shares, 0.25) };
}

function slowdown(storms: Storm[], route: Route, share: number): Ratio {
  const ratios = storms.map(({ probes, stormMs, answeredMs }) => {
    const mine = probes.filter((probe) => probe.route === route);
    const during = mine.filter(({ sentAt, took }) => sentAt + took > EDGE_MS && sentAt < stormMs);
    const calm = mine.filter(
      ({ sentAt, took }) => sentAt + took < 0 || sentAt > answeredMs + EDGE_MS,
    );
    return quantile(times(during), share) / quantile(times(calm), share);
  });
  return { median: median(ratios), best: quantile(ratios, 0.25) };
}

const times = (probes: Probe[]) => probes.map(({ took }) => took);
