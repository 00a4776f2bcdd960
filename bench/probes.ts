import { setTimeout } from "node:timers/promises";
import type { App } from "./app-server.ts";
import { openConnection, requestFor, statusOf } from "./connection.ts";

const EVERY_MS = 20;

/** No auth, auth, React Router's signed cookie (WebCrypto), a file: what else a site does while people log in. */
export const ROUTES = ["/plain", "/user", "/cookie", "/file"] as const;

export type Route = (typeof ROUTES)[number];

/** When a request was sent, by `performance.now()`, and how long its answer took, in milliseconds. */
export interface Probe {
  route: Route;
  sentAt: number;
  took: number;
}

/** Asks each route every 20 ms, or as soon as it has answered, until stopped. */
export function startProbes({ port, kind }: App, cookie: string) {
  const probes: Probe[] = [];
  let stopped = false;

  async function ask(route: Route): Promise<void> {
    const connection = openConnection(port);
    const request = requestFor(route, port, { cookie });
    while (!stopped) {
      const sentAt = performance.now();
      const status = statusOf(await connection.send(request));
      const took = performance.now() - sentAt;
      if (status !== 200) throw new Error(`${kind} answered ${status} on ${route}.`);
      probes.push({ route, sentAt, took });
      await setTimeout(Math.max(1, EVERY_MS - took));
    }
    connection.close();
  }

  const asking = Promise.all(ROUTES.map(ask));
  return {
    async stop(): Promise<Probe[]> {
      stopped = true;
      await asking;
      return probes;
    },
  };
}
