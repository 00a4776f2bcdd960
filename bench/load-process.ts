import { openConnection, statusOf } from "./connection.ts";
import { quantile } from "./statistics.ts";

/** So many clients, each sending its next request when the last is answered. */
export interface Load {
  port: number;
  connections: number;
  milliseconds: number;
  /** Sent in turn, over and over. */
  requests: string[];
}

export interface LoadResult {
  perSecond: number;
  p50: number;
  p99: number;
  /** How often each status came. */
  statuses: Record<number, number>;
}

process.on("message", async (load: Load) => {
  process.send?.(await run(load));
});

async function run({ port, connections, milliseconds, requests }: Load): Promise<LoadResult> {
  const times: number[] = [];
  const statuses: Record<number, number> = {};
  const start = performance.now();
  const end = start + milliseconds;
  let next = Math.floor(Math.random() * requests.length);

  async function client(): Promise<void> {
    const connection = openConnection(port);
    while (performance.now() < end) {
      const sent = performance.now();
      const request = requests[next++ % requests.length] as string;
      const status = statusOf(await connection.send(request));
      times.push(performance.now() - sent);
      statuses[status] = (statuses[status] ?? 0) + 1;
    }
    connection.close();
  }

  await Promise.all(Array.from({ length: connections }, client));
  const perSecond = (times.length / (performance.now() - start)) * 1000;
  return { perSecond, p50: quantile(times, 0.5), p99: quantile(times, 0.99), statuses };
}
