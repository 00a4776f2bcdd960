import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";

/** Stands between the app and its database, and can swallow what they say to each other or cut them off. */
export async function startProxy(target: URL) {
  const lines = new Set<{ near: Socket; dead: boolean }>();
  let swallowing = false;

  const server = createServer((near) => {
    const far = connect(Number(target.port), target.hostname);
    const line = { near, dead: swallowing };
    lines.add(line);
    forward(near, far);
    forward(far, near);

    function forward(from: Socket, to: Socket): void {
      from.on("data", (bytes) => {
        if (!line.dead && !to.destroyed) to.write(bytes);
      });
      from.on("error", () => {});
      from.on("close", () => to.destroy());
    }
  });

  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = new URL(target);
  url.port = String((server.address() as { port: number }).port);

  return {
    url,
    /** Every byte disappears, and nobody is told; what was swallowed once stays dead, as a lost route does. */
    swallow(): void {
      swallowing = true;
      for (const line of lines) line.dead = true;
    },
    /** New connections work again. */
    pass(): void {
      swallowing = false;
    },
    /** Ends every connection there is. */
    cut(): void {
      for (const { near } of lines) near.resetAndDestroy();
      lines.clear();
    },
    async close(): Promise<void> {
      this.cut();
      server.close();
      await once(server, "close");
    },
  };
}
