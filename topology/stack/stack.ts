import { randomBytes } from "node:crypto";
import { buildApp } from "./build.ts";
import { makeCertificate } from "./certificate.ts";
import { startChaos } from "./chaos.ts";
import { makeFolder } from "./folder.ts";
import { startFront } from "./front.ts";
import { appNode } from "./node.ts";
import { startPgbouncer } from "./pgbouncer.ts";
import { freePort } from "./ports.ts";
import { startPostgres } from "./postgres.ts";
import { requireServers } from "./requirements.ts";
import { startSmtp } from "./smtp.ts";

/**
 * browser → front (TLS) → node 0 | node 1 → appLink → pgbouncer → databaseLink → primary → replica
 *                                         → mailLink → mail server
 */
async function startStack() {
  const folder = makeFolder();
  const password = randomBytes(12).toString("hex");
  const building = process.env.TOPOLOGY_APP ?? buildApp();
  const database = await startPostgres({ ...requireServers(), folder, password });
  const databaseLink = await startChaos(database.primary.port);
  const pooled = { folder, password, serverPort: databaseLink.port };
  const pgbouncer = await startPgbouncer(pooled);
  const appLink = await startChaos(pgbouncer.port);
  const smtp = await startSmtp();
  const mailLink = await startChaos(smtp.port);

  const frontPort = await freePort();
  const origin = `https://localhost:${frontPort}`;
  const env = {
    PATH: process.env.PATH,
    NODE_ENV: "production",
    HOST: "127.0.0.1",
    APP_ORIGIN: origin,
    AUTH_SECRET: randomBytes(32).toString("base64"),
    DATABASE_URL: `postgres://app:${password}@127.0.0.1:${appLink.port}/app?prepare=false`,
    SMTP_URL: `smtp://127.0.0.1:${mailLink.port}`,
    TRUSTED_PROXY_HOPS: "1",
  };
  const appFolder = await building;
  const newNode = async () => appNode({ folder: appFolder, port: await freePort(), env });
  const nodes = [await newNode(), await newNode()] as const;
  // Once, by one node, before there is another: nothing keeps two apart.
  await nodes[0].start({ env: { MIGRATE: "1" } });
  await nodes[0].ready();
  await nodes[1].start();
  await nodes[1].ready();

  const certificate = makeCertificate(folder);
  const ports = nodes.map(({ port }) => port);
  await startFront(certificate, ports, frontPort);
  return {
    ...{ origin, ca: certificate.cert, ...database, pgbouncer, smtp, nodes, newNode },
    ...{ appLink, databaseLink, mailLink },
    /** Another way in, to other nodes. */
    async frontFor(others: { port: number }[]): Promise<string> {
      const port = await freePort();
      await startFront(
        certificate,
        others.map(({ port }) => port),
        port,
      );
      return `https://localhost:${port}`;
    },
  };
}

/** The one stack of this process; the tests of all its files share it. */
export const stack = await startStack();
