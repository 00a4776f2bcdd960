import type { Probe } from "./probes.ts";
import type { Storm } from "./storm.ts";

const SIZE = { width: 900, height: 440 };
const AREA = { left: 76, right: 24, top: 84, bottom: 62 };

/** Powers of ten, because the two differ by hundreds of times. */
const TICKS_MS = [0.1, 1, 10, 100, 1_000, 10_000];

const SERIES = {
  naive: { color: "#b45309", name: "await argon2.verify() in the action" },
  ours: { color: "#0f766e", name: "@auth-rr/auth" },
} as const;

/** How long a page without auth took before, during and after a storm of logins: a mark for each request. */
export function plotStorms(of: Record<keyof typeof SERIES, Storm>, note: string): string {
  const { stormMs } = of.ours;
  const probes = {
    naive: plainProbes(of.naive),
    ours: plainProbes(of.ours),
  };
  const all = [...probes.naive, ...probes.ours];
  const start = Math.min(...all.map(({ sentAt }) => sentAt));
  const end = Math.max(...all.map(({ sentAt, took }) => sentAt + took));
  const slowest = Math.max(...all.map(({ took }) => took));
  const fastest = Math.min(...all.map(({ took }) => took));
  const ticks = TICKS_MS.slice(
    TICKS_MS.findLastIndex((tick) => tick <= fastest),
    TICKS_MS.findIndex((tick) => tick >= slowest) + 1,
  );
  const [bottom, top] = [ticks[0] as number, ticks.at(-1) as number];

  const x = (ms: number) =>
    AREA.left + ((ms - start) / (end - start)) * (SIZE.width - AREA.left - AREA.right);
  const y = (ms: number) =>
    SIZE.height -
    AREA.bottom -
    (Math.log(ms / bottom) / Math.log(top / bottom)) * (SIZE.height - AREA.top - AREA.bottom);

  const marks = (name: keyof typeof SERIES) =>
    `<path stroke="${SERIES[name].color}" d="${probes[name].map((probe) => mark(probe, x, y)).join("")}"/>`;
  const legend = (name: keyof typeof SERIES, at: number) =>
    `<circle cx="${at}" cy="58" r="5" fill="${SERIES[name].color}"/><text x="${at + 12}" y="63">${SERIES[name].name}</text>`;

  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${SIZE.width} ${SIZE.height}" role="img" aria-labelledby="title desc" font-family="system-ui, sans-serif" font-size="14">
  <title id="title">A page without auth, while 32 clients log in</title>
  <desc id="desc">${describe(of)}</desc>
  <rect width="${SIZE.width}" height="${SIZE.height}" rx="12" fill="#ffffff"/>
  <rect x="${fixed(x(0))}" y="${AREA.top}" width="${fixed(x(stormMs) - x(0))}" height="${SIZE.height - AREA.top - AREA.bottom}" fill="#f4f6f6"/>
  <g fill="#15201f">
    <text x="24" y="34" font-size="17" font-weight="700">How long a page without auth takes while 32 clients log in</text>
    ${legend("naive", 30)}
    ${legend("ours", 330)}
    <text x="${fixed(x(stormMs / 2))}" y="${AREA.top + 18}" text-anchor="middle" fill="#3f4b4a">the storm</text>
  </g>
  <g stroke="#d5dcdb">${ticks.map((tick) => `<path d="M${AREA.left} ${fixed(y(tick))}H${SIZE.width - AREA.right}"/>`).join("")}</g>
  <g fill="#3f4b4a" text-anchor="end">${ticks.map((tick) => `<text x="${AREA.left - 10}" y="${fixed(y(tick) + 5)}">${inWords(tick)}</text>`).join("")}</g>
  <g fill="#3f4b4a" text-anchor="middle">${secondsFrom(start, end)
    .map(
      (second) => `<text x="${fixed(x(second * 1000))}" y="${SIZE.height - 40}">${second} s</text>`,
    )
    .join("")}</g>
  <text x="24" y="${SIZE.height - 14}" font-size="12" fill="#3f4b4a">A mark for each request, as long as it waited; logarithmic upwards. ${note}</text>
  <g fill="none" stroke-width="3" stroke-linecap="round" stroke-opacity="0.65">
    ${marks("naive")}
    ${marks("ours")}
  </g>
</svg>
`;
}

function plainProbes({ probes }: Storm): Probe[] {
  return probes.filter(({ route }) => route === "/plain");
}

function mark({ sentAt, took }: Probe, x: (ms: number) => number, y: (ms: number) => number) {
  return `M${fixed(x(sentAt))} ${fixed(y(took))}h${fixed(x(sentAt + took) - x(sentAt))}`;
}

function describe(of: Record<keyof typeof SERIES, Storm>): string {
  const slowest = (storm: Storm) =>
    inWords(Math.round(Math.max(...plainProbes(storm).map(({ took }) => took))));
  return `With ${SERIES.naive.name} the slowest answer took ${slowest(of.naive)}, with ${SERIES.ours.name} ${slowest(of.ours)}.`;
}

function secondsFrom(startMs: number, endMs: number): number[] {
  const first = Math.ceil(startMs / 1000);
  return Array.from({ length: Math.floor(endMs / 1000) - first + 1 }, (_, n) => first + n);
}

const inWords = (ms: number) =>
  ms >= 1000 ? `${Number((ms / 1000).toPrecision(2))} s` : `${ms} ms`;

const fixed = (value: number) => String(Number(value.toFixed(1)));
