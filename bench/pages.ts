import { type App, startApp } from "./app-server.ts";
import { anyIp } from "./callers.ts";
import { shuffled } from "./compare.ts";
import { requestFor } from "./connection.ts";
import type { Generator } from "./load.ts";
import type { Seeded } from "./seed.ts";
import { shareOf } from "./statistics.ts";
import type { Row } from "./table.ts";

/** As many different visitors as a block of a second meets. */
const VISITORS = 2_000;

/** P5: whole answers of `@react-router/serve`, 32 clients, with and without asking who is there. */
export async function pages(
  seeded: Seeded,
  load: Generator,
  { rounds, milliseconds }: { rounds: number; milliseconds: number },
): Promise<Row[]> {
  const none = await startApp("none", seeded.url);
  const ours = await startApp("ours", seeded.url);
  const betterAuth = await startApp("better-auth", seeded.url);
  const cases = {
    none: visits(none, "/user", []),
    ours: visits(ours, "/user", seeded.cookies),
    betterAuth: visits(betterAuth, "/user", seeded.betterAuthCookies),
    noneDocument: visits(none, "/one/two/three/four", []),
    oursDocument: visits(ours, "/one/two/three/four", seeded.cookies),
    betterAuthDocument: visits(betterAuth, "/one/two/three/four", seeded.betterAuthCookies),
  };
  const names = Object.keys(cases) as (keyof typeof cases)[];
  const speed = Object.fromEntries(names.map((name) => [name, []])) as unknown as Record<
    keyof typeof cases,
    number[]
  >;
  for (let round = -1; round < rounds; round += 1) {
    for (const name of shuffled(names)) {
      const result = await load.run({ ...cases[name], connections: 32, milliseconds });
      if (Object.keys(result.statuses).join() !== "200") {
        throw new Error(`${name} answered ${JSON.stringify(result.statuses)}`);
      }
      // The first round only warms up.
      if (round >= 0) speed[name].push(result.perSecond);
    }
  }
  for (const app of [none, ours, betterAuth]) app.close();
  return [
    {
      goal: "P5",
      what: "a loader that knows who is there, 32 clients: requests/s of one without auth",
      asked: { atLeast: 0.9 },
      measured: shareOf(speed.ours, speed.none),
    },
    {
      goal: "–",
      what: "… Better Auth in the same place",
      asked: null,
      measured: shareOf(speed.betterAuth, speed.none),
    },
    {
      goal: "P5",
      what: "a document of four loaders that all ask: requests/s of one without auth",
      asked: { atLeast: 0.85 },
      measured: shareOf(speed.oursDocument, speed.noneDocument),
    },
    {
      goal: "–",
      what: "… Better Auth in the same place",
      asked: null,
      measured: shareOf(speed.betterAuthDocument, speed.noneDocument),
    },
  ];
}

function visits({ port }: App, path: string, cookies: string[]) {
  const requests = Array.from({ length: VISITORS }, (_, n) => {
    const cookie = cookies[n];
    return requestFor(path, port, { ip: anyIp(), ...(cookie && { cookie }) });
  });
  return { port, requests };
}
