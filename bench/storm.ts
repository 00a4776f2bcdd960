import { setTimeout } from "node:timers/promises";
import { type App, type KindName, startApp } from "./app-server.ts";
import { anyAddress, anyIp } from "./callers.ts";
import { shuffled } from "./compare.ts";
import { cookiesOf, openConnection, requestFor } from "./connection.ts";
import type { Generator } from "./load.ts";
import { type Probe, startProbes } from "./probes.ts";
import { PASSWORD, type Seeded } from "./seed.ts";

const CLIENTS = 32;
const KINDS = ["ours", "naive", "better-auth"] as const satisfies KindName[];

/** What one storm on one server was like; the probes count time from its start, in milliseconds. */
export interface Storm {
  kind: (typeof KINDS)[number];
  probes: Probe[];
  loginsPerSecond: number;
  /** The share of logins that were told to come back, by 503. */
  busy: number;
  /** When the clients stopped asking, and when the last had its answer. */
  stormMs: number;
  answeredMs: number;
}

export interface StormPlan {
  rounds: number;
  /** Before and after. */
  calmMs: number;
  stormMs: number;
}

/** 32 clients log in without a pause, while other pages of the same server are asked for; each time a new server. */
export async function storms(seeded: Seeded, load: Generator, plan: StormPlan): Promise<Storm[]> {
  const seen: Storm[] = [];
  for (let round = 0; round < plan.rounds; round += 1) {
    for (const kind of shuffled(KINDS)) {
      const app = await startApp(kind, seeded.url);
      const logins = Array.from({ length: 4_000 }, () => loginRequest(app, seeded));
      seen.push({ kind, ...(await stormOn(app, load, logins, plan)) });
      app.close();
    }
  }
  return seen;
}

async function stormOn(
  app: App,
  load: Generator,
  requests: string[],
  { calmMs, stormMs }: StormPlan,
): Promise<Omit<Storm, "kind">> {
  const { port } = app;
  const cookie = await cookieOf(app, requests);
  await warmUp(app, load, requests, cookie);
  const probing = startProbes(app, cookie);
  await setTimeout(calmMs);
  const start = performance.now();
  const storm = { port, connections: CLIENTS, milliseconds: stormMs, requests };
  const { statuses, perSecond } = await load.run(storm);
  const answeredMs = performance.now() - start;
  await setTimeout(calmMs);
  const probes = await probing.stop();
  const { 302: done = 0, 503: busy = 0, ...others } = statuses;
  if (Object.keys(others).length > 0) {
    throw new Error(`${app.kind} answered logins with ${JSON.stringify(others)}.`);
  }
  const share = busy / (done + busy);
  const sinceStart = probes.map((probe) => ({ ...probe, sentAt: probe.sentAt - start }));
  return {
    probes: sinceStart,
    loginsPerSecond: perSecond * (1 - share),
    busy: share,
    stormMs,
    answeredMs,
  };
}

function loginRequest({ port }: App, { users }: Seeded): string {
  const form = { email: anyAddress(users), password: PASSWORD };
  return requestFor("/login", port, { form, ip: anyIp() });
}

/** The cookies of a login, and the one that /cookie reads. */
async function cookieOf({ port }: App, logins: string[]): Promise<string> {
  const connection = openConnection(port);
  const login = cookiesOf(await connection.send(logins[0] as string));
  const signed = cookiesOf(await connection.send(requestFor("/cookie", port)));
  connection.close();
  return [login, signed].join("; ");
}

/** So that neither the calm nor the storm is measured on cold code. */
async function warmUp(app: App, load: Generator, logins: string[], cookie: string): Promise<void> {
  const { port } = app;
  const probing = startProbes(app, cookie);
  await load.run({ port, connections: 4, milliseconds: 1_500, requests: logins });
  await probing.stop();
}
