import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";

/** Stands between the app and its database, and can swallow what they say to each other or cut them off. */
export async function startProxy(target: URL) {
  const pairs = new Set<readonly [Socket, Socket]>();
  let swallowing = false;

  const server = createServer((near) => {
    const far = connect(Number(target.port), target.hostname);
    const pair = [near, far] as const;
    pairs.add(pair);
    forward(near, far);
    forward(far, near);
  });

  function forward(from: Socket, to: Socket): void {
    from.on("data", (bytes) => {
      if (!swallowing && !to.destroyed) to.write(bytes);
    });
    from.on("error", () => {});
    from.on("close", () => to.destroy());
  }

  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = new URL(target);
  url.port = String((server.address() as { port: number }).port);

  return {
    url,
    /** Every byte disappears, and nobody is told. */
    swallow(): void {
      swallowing = true;
    },
    pass(): void {
      swallowing = false;
    },
    /** Ends every connection there is; new ones are welcome. */
    cut(): void {
      for (const [near] of pairs) near.resetAndDestroy();
      pairs.clear();
    },
    async close(): Promise<void> {
      this.cut();
      server.close();
      await once(server, "close");
    },
  };
}
