import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { openConnection, requestFor, statusOf } from "./connection.ts";
import { freePort } from "./free-port.ts";
import { SECRET } from "./seed.ts";

export type KindName = "none" | "ours" | "naive" | "better-auth";

/** The bench app's production build on `@react-router/serve`, in a process of its own, for one contestant. */
export async function startApp(kind: KindName, databaseUrl: string) {
  const port = await freePort();
  const require = createRequire(import.meta.url);
  const cli = join(dirname(require.resolve("@react-router/serve/package.json")), "dist/cli.js");
  const child = spawn(process.execPath, [cli, "./build/server/index.js"], {
    cwd: new URL("./app", import.meta.url),
    stdio: ["ignore", "ignore", "inherit"],
    env: {
      ...process.env,
      NODE_ENV: "production",
      HOST: "127.0.0.1",
      PORT: String(port),
      BENCH_KIND: kind,
      DATABASE_URL: databaseUrl,
      AUTH_SECRET: SECRET,
      APP_ORIGIN: `http://127.0.0.1:${port}`,
    },
  });
  const killed = () => child.kill("SIGKILL");
  process.once("exit", killed);
  await untilItAnswers(port);
  return {
    kind,
    port,
    pid: child.pid as number,
    close(): void {
      process.off("exit", killed);
      child.kill("SIGKILL");
    },
  };
}

export type App = Awaited<ReturnType<typeof startApp>>;

async function untilItAnswers(port: number, triesLeft = 100): Promise<void> {
  const connection = openConnection(port);
  try {
    const status = statusOf(await connection.send(requestFor("/plain", port)));
    if (status !== 200) throw new Error(`The app answers ${status}.`);
  } catch (error) {
    if (triesLeft === 0) throw error;
    await new Promise((resolve) => setTimeout(resolve, 100));
    return untilItAnswers(port, triesLeft - 1);
  } finally {
    connection.close();
  }
}
