import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import postgres from "postgres";
import { type Child, runToEnd, startChild } from "./child.ts";
import { fileForPostgres, folderForPostgres } from "./folder.ts";
import { freePort } from "./ports.ts";

const SETTINGS = {
  listen_addresses: "127.0.0.1",
  unix_socket_directories: "",
  max_connections: "100",
  wal_level: "replica",
  // A server that is killed loses nothing by it: the operating system lives on.
  fsync: "off",
  full_page_writes: "off",
};

/** A primary and its streaming replica, with an empty database `app` that the role `app` owns. */
export async function startPostgres({ bin, folder, password }: ServerOptions) {
  const primary = server(bin, folderForPostgres(folder, "primary"), await freePort());
  const passwordFile = fileForPostgres(folder, "password", password);
  await runToEnd(
    join(bin, "initdb"),
    [
      ...[`--pgdata=${primary.data}`, "--username=postgres", `--pwfile=${passwordFile}`],
      ...["--auth=scram-sha-256", "--encoding=UTF8", "--no-locale", "--no-sync"],
    ],
    { asPostgres: true },
  );
  await primary.start();
  const admin = connect(primary.port, password, "postgres");
  await makeDatabase(admin, password);

  const replica = server(bin, folderForPostgres(folder, "replica"), await freePort());
  const source = `host=127.0.0.1 port=${primary.port} user=postgres password=${password}`;
  await runToEnd(
    join(bin, "pg_basebackup"),
    ["-R", "-D", replica.data, "-d", source, "--checkpoint=fast", "--no-sync"],
    { asPostgres: true },
  );
  await replica.start();
  await admin.end();
  return {
    primary,
    replica,
    /** As the superuser and past every proxy. */
    sql: connect(primary.port, password, "app"),
    replicaSql: connect(replica.port, password, "app"),
  };
}

interface ServerOptions {
  bin: string;
  folder: string;
  password: string;
}

function server(bin: string, data: string, port: number) {
  let child: Child;
  return {
    data,
    port,
    isRunning: () => child.isRunning(),
    /** All it wrote to its log since it was started. */
    log: () => child.said.stderr,
    async start(): Promise<void> {
      const flags = Object.entries(SETTINGS).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
      child = startChild(join(bin, "postgres"), ["-D", data, "-p", String(port), ...flags], {
        asPostgres: true,
        endsBy: "QUIT",
      });
      while (!child.said.stderr.includes("ready to accept")) {
        if (!child.isRunning()) throw new Error(`PostgreSQL did not start:\n${child.said.stderr}`);
        await setTimeout(20);
      }
    },
    /** As `pg_ctl stop -m immediate` does: without a word to its clients or its files. */
    kill: () => child.end("SIGQUIT"),
  };
}

async function makeDatabase(admin: postgres.Sql, password: string): Promise<void> {
  await admin.unsafe(`create role app login password '${password}'`);
  // As docs/deployment.md asks behind pgbouncer.
  await admin.unsafe("alter role app set statement_timeout = '3s'");
  await admin.unsafe("create database app owner app");
}

function connect(port: number, password: string, database: string): postgres.Sql {
  return postgres({
    host: "127.0.0.1",
    username: "postgres",
    ...{ port, password, database },
    max: 2,
    backoff: () => 0.1,
    onnotice: () => {},
  });
}
