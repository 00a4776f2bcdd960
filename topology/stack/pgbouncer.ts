import { once } from "node:events";
import { connect } from "node:net";
import { setTimeout } from "node:timers/promises";
import { startChild } from "./child.ts";
import { fileForPostgres, folderForPostgres } from "./folder.ts";
import { freePort } from "./ports.ts";

/** Debian's pgbouncer in transaction mode, before the server at `serverPort`. */
export async function startPgbouncer({ folder: parent, password, serverPort }: PgbouncerOptions) {
  const folder = folderForPostgres(parent, "pgbouncer");
  const port = await freePort();
  const users = fileForPostgres(folder, "users.txt", `"app" "${password}"\n`);
  const settings = {
    listen_addr: "127.0.0.1",
    listen_port: port,
    unix_socket_dir: "",
    auth_type: "scram-sha-256",
    auth_file: users,
    pool_mode: "transaction",
    max_client_conn: 200,
    default_pool_size: 20,
    // After a failed connection it waits 15 seconds unless told otherwise, and the app with it.
    server_login_retry: 1,
  };
  const lines = Object.entries(settings).map(([name, value]) => `${name} = ${value}`);
  const databases = `[databases]\napp = host=127.0.0.1 port=${serverPort} dbname=app\n`;
  const file = `${databases}[pgbouncer]\n${lines.join("\n")}\n`;
  const config = fileForPostgres(folder, "pgbouncer.ini", file);
  const child = startChild("/usr/sbin/pgbouncer", [config], { asPostgres: true });
  while (!(await accepts(port))) {
    if (!child.isRunning()) throw new Error(`pgbouncer did not start:\n${child.said.stderr}`);
    await setTimeout(20);
  }
  return { port, log: () => child.said.stderr };
}

interface PgbouncerOptions {
  folder: string;
  password: string;
  serverPort: number;
}

async function accepts(port: number): Promise<boolean> {
  const socket = connect(port, "127.0.0.1");
  const answer = await Promise.race([
    once(socket, "connect").then(() => true),
    once(socket, "close").then(() => false),
  ]).catch(() => false);
  socket.destroy();
  return answer;
}
