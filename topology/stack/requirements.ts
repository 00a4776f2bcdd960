import { type ExecFileSyncOptions, execFileSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";

const VERSIONS = "/usr/lib/postgresql";
const PACKAGES = ["postgresql", "pgbouncer", "openssl", "libfaketime"];

/** Makes sure that Debian's servers are there, and says where PostgreSQL's programs are: the newest, if there are several. */
export function requireServers(): { bin: string } {
  if (!binOfPostgres() || !existsSync("/usr/sbin/pgbouncer")) install();
  const bin = binOfPostgres();
  if (!bin) throw new Error(`There is no PostgreSQL in ${VERSIONS}, also after installing it.`);
  return { bin };
}

function binOfPostgres(): string | undefined {
  if (!existsSync(VERSIONS)) return undefined;
  const versions = readdirSync(VERSIONS).sort((a, b) => Number(b) - Number(a));
  return versions
    .map((version) => join(VERSIONS, version, "bin"))
    .find((bin) => existsSync(join(bin, "pg_basebackup")));
}

function install(): void {
  const command = `apt-get install -y --no-install-recommends ${PACKAGES.join(" ")}`;
  if (process.getuid?.() !== 0) {
    throw new Error(`These tests need Debian's PostgreSQL and pgbouncer. Run: sudo ${command}`);
  }
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const options: ExecFileSyncOptions = { env, stdio: ["ignore", "ignore", "inherit"] };
  execFileSync("apt-get", ["update", "-qq"], options);
  execFileSync("sh", ["-c", command], options);
}
