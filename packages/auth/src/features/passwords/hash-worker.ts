/*
 * Runs on the hash threads, and in the app's own thread where none can start. It imports nothing relative, so that
 * Node finds everything both from source and from dist.
 */
import { scrypt, scryptSync, timingSafeEqual } from "node:crypto";
import { readlinkSync } from "node:fs";
import { setPriority } from "node:os";
import { promisify } from "node:util";
import { parentPort, workerData } from "node:worker_threads";
import { hash, hashSync, verify, verifySync } from "@node-rs/argon2";

/** A stored hash, read and found affordable. */
export type StoredHash = Argon2idHash | BcryptHash | ScryptHash;

/** A PHC string and the parameters it names. */
export interface Argon2idHash {
  scheme: "argon2id";
  text: string;
  memoryKib: number;
  passes: number;
  lanes: number;
}

/** A crypt(3) string of the kind $2a$, $2b$ or $2y$. */
export interface BcryptHash {
  scheme: "bcrypt";
  text: string;
}

/** The decoded parts of an scrypt PHC string; N, r and p are those of RFC 7914. */
export interface ScryptHash {
  scheme: "scrypt";
  N: number;
  r: number;
  p: number;
  salt: Uint8Array;
  key: Uint8Array;
}

/** Asks for a new Argon2id PHC string. */
export interface HashJob {
  kind: "hash";
  password: string;
  memoryKib: number;
  passes: number;
}

/** Asks whether the password is the stored one; a stored hash that turns out broken costs a check of the decoy. */
export interface CheckJob {
  kind: "check";
  password: string;
  stored: StoredHash;
  decoy: Argon2idHash;
}

/** What a thread can be asked for. */
export type Job = HashJob | CheckJob;

/** A PHC string for a hash, yes or no for a check. */
export type JobResult<J extends Job> = J extends HashJob ? string : boolean;

/** How a job ended on a thread; the message names no secret. */
export type JobAnswer = { ok: true; value: string | boolean } | { ok: false; message: string };

/** All that a thread ever says. */
export type ThreadMessage = "ready" | JobAnswer;

interface Engine {
  hash(password: string, options: ReturnType<typeof argon2Options>): string | Promise<string>;
  argon2id(text: string, password: string): boolean | Promise<boolean>;
  bcrypt(password: string, text: string): Promise<boolean>;
  scrypt(password: string, stored: ScryptHash): Buffer | Promise<Buffer>;
}

/** Room for the costliest stored scrypt we read (256 MiB) and OpenSSL's own needs. */
const MAX_SCRYPT_BYTES = 512 * 1_048_576;

const scryptInPool = promisify<string, Uint8Array, number, object, Buffer>(scrypt);

/* v8 ignore start -- @preserve: runs on hash threads, where coverage is not measured; the pool's tests ask for all of it. */

/** Blocks the thread it runs on and leaves libuv's pool to files, DNS and WebCrypto. */
const onThisThread: Engine = {
  hash: hashSync,
  argon2id: verifySync,
  bcrypt: async (password, text) => (await import("bcryptjs")).compareSync(password, text),
  scrypt: (password, { salt, key, N, r, p }) =>
    scryptSync(password, salt, key.length, { N, r, p, maxmem: MAX_SCRYPT_BYTES }),
};

/* v8 ignore stop -- @preserve */

/** For the app's own thread, which must never be blocked for long. */
export const onLibuv: Engine = {
  hash,
  argon2id: verify,
  bcrypt: async (password, text) => (await import("bcryptjs")).compare(password, text),
  scrypt: (password, { salt, key, N, r, p }) =>
    scryptInPool(password, salt, key.length, { N, r, p, maxmem: MAX_SCRYPT_BYTES }),
};

/** Beside other busy processes a tenth of a core is left to a hash: at 15 it starved there, and logins were refused. */
const NICENESS = 10;

/* v8 ignore start -- @preserve: as above. */
if (workerData === "auth-hash") listen();

function listen() {
  stepBack();
  parentPort?.on("message", async (job: Job) => {
    parentPort?.postMessage(await answer(job));
  });
  parentPort?.postMessage("ready" satisfies ThreadMessage);
}

/** Linux schedules each thread by its own niceness, so hashes run on what the event loop leaves over. */
function stepBack() {
  if (process.platform !== "linux") return;
  try {
    const thread = readlinkSync("/proc/thread-self").split("/").at(-1);
    setPriority(Number(thread), NICENESS);
  } catch {
    // A sandbox without /proc or without the call: the hashes still run, at the app's own priority.
  }
}

async function answer(job: Job): Promise<JobAnswer> {
  try {
    return { ok: true, value: await runJob(job, onThisThread) };
  } catch (error) {
    return { ok: false, message: error instanceof Error ? error.message : "unknown" };
  }
}

/* v8 ignore stop -- @preserve */

/** Rejects when there is no memory for the hash, never for what a stored hash looks like. */
export async function runJob<J extends Job>(job: J, engine: Engine): Promise<JobResult<J>> {
  const result = job.kind === "hash" ? newHash(job, engine) : isStored(job, engine);
  return (await result) as JobResult<J>;
}

function newHash({ password, memoryKib, passes }: HashJob, engine: Engine) {
  return engine.hash(password, argon2Options(memoryKib, passes));
}

/** Argon2id goes without saying: it is the package's default, and its enum exists in the type file only. */
function argon2Options(memoryCost: number, timeCost: number) {
  return { memoryCost, timeCost, parallelism: 1 };
}

async function isStored({ stored, password, decoy }: CheckJob, engine: Engine) {
  try {
    return await compare(stored, password, engine);
  } catch {
    await engine.argon2id(decoy.text, password);
    return false;
  }
}

async function compare(stored: StoredHash, password: string, engine: Engine) {
  if (stored.scheme === "argon2id") return engine.argon2id(stored.text, password);
  if (stored.scheme === "bcrypt") return engine.bcrypt(password, stored.text);
  return timingSafeEqual(await engine.scrypt(password, stored), stored.key);
}
