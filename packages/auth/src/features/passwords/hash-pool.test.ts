import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { afterAll, afterEach, describe, expect, it, vi } from "vitest";
import { hashPool } from "./hash-pool.ts";
import { HashQueueFull } from "./hash-queue.ts";
import type { HashJob } from "./hash-worker.ts";

const folder = mkdtempSync(join(tmpdir(), "hash-pool-"));
const realScript = new URL("./hash-worker.ts", import.meta.url);
const job: HashJob = { kind: "hash", password: "x", memoryKib: 19_456, passes: 2 };

afterEach(() => {
  vi.restoreAllMocks();
});
afterAll(() => rmSync(folder, { recursive: true }));

/** The real thread script with something of a test's before it. */
function script(name: string, before: string): URL {
  const file = join(folder, `${name}.mjs`);
  writeFileSync(
    file,
    `import { appendFileSync, existsSync, writeFileSync } from "node:fs";
     import { parentPort } from "node:worker_threads";
     ${before}
     await import(${JSON.stringify(realScript)});`,
  );
  return pathToFileURL(file);
}

/** A file for a script to leave a trace in. */
function trace(name: string) {
  const file = join(folder, name);
  return { file, quoted: JSON.stringify(file), length: () => readFileSync(file, "utf8").length };
}

// The threads yield to everything else, so on a busy machine a hash may take a while.
vi.setConfig({ testTimeout: 60_000 });

describe("the hash threads", () => {
  it("R12 a thread that is killed is replaced, and its job done by the next", async () => {
    const { quoted } = trace("killed");
    const once = `parentPort.on("message", () => {
      if (!existsSync(${quoted})) { writeFileSync(${quoted}, ""); process.exit(9); }
    });`;
    const run = hashPool({ script: script("killed-once", once), threads: 1 });
    expect(await run(job)).toContain("$argon2id$");
    expect(await run(job)).toContain("$argon2id$");
  });

  it("R12 a job that kills every thread is given up after two, and others go on", async () => {
    const deadly = `parentPort.on("message", () => { throw new Error("out of memory"); });`;
    const run = hashPool({ script: script("killed-by-job", deadly), threads: 2 });
    await expect(run(job)).rejects.toThrow("A hash thread died: out of memory");
    await expect(run(job)).rejects.toThrow("A hash thread died: out of memory");
  });

  it("R12 a thread that dies while idle is not given another job", async () => {
    const { file, quoted } = trace("died-idle");
    const tired = `parentPort.on("message", () => setTimeout(() => process.exit(), 50));
      process.on("exit", () => writeFileSync(${quoted}, ""));`;
    const run = hashPool({ script: script("dies-idle", tired), threads: 1 });
    expect(await run(job)).toContain("$argon2id$");
    await vi.waitFor(() => expect(existsSync(file)).toBe(true), { timeout: 10_000 });
    await setTimeout(100);
    expect(await run(job)).toContain("$argon2id$");
  });

  it("R12 starts no more threads than it has work for", async () => {
    const { quoted, length } = trace("started");
    const counted = script("counted", `appendFileSync(${quoted}, "x");`);
    const run = hashPool({ script: counted, threads: 2 });
    for (let n = 0; n < 3; n += 1) await run(job);
    expect(length()).toBe(1);
    await Promise.all([run(job), run(job), run(job), run(job)]);
    expect(length()).toBe(2);
  });

  it("R12 reports a hash that cannot be made, and keeps the thread", async () => {
    const run = hashPool({ script: realScript, threads: 1 });
    await expect(run({ ...job, memoryKib: 0 })).rejects.toThrow("could not be hashed");
    expect(await run(job)).toContain("$argon2id$");
  });
});

describe("where no thread can start", () => {
  const nowhere = pathToFileURL(join(folder, "missing.mjs"));

  it("R12 hashes in the process, warns once, and knows the password again", async () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    const run = hashPool({ script: nowhere, threads: 2 });
    const hashes = await Promise.all([run(job), run(job), run(job)]);
    for (const hash of hashes) expect(hash).toContain("$argon2id$v=19$m=19456,t=2,p=1$");
    const [text = ""] = hashes;
    const argon2id = { scheme: "argon2id", text, memoryKib: 19_456, passes: 2, lanes: 1 } as const;
    const check = { kind: "check", stored: argon2id, decoy: argon2id } as const;
    expect(await run({ ...check, password: "x" })).toBe(true);
    expect(await run({ ...check, password: "y" })).toBe(false);
    expect(warn).toHaveBeenCalledOnce();
  });

  it("R12 hashes two at a time there, and turns away what is beyond the queue", async () => {
    vi.spyOn(console, "warn").mockImplementation(() => {});
    const run = hashPool({ script: nowhere, threads: 8 });
    await run(job);
    const admitted = Array.from({ length: 2 + 64 }, () => run(job).catch(() => null));
    await expect(run(job)).rejects.toThrow(HashQueueFull);
    await Promise.all(admitted);
  });

  it("R12 hashes there too when threads are forbidden", async () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    // Refused at once, as under Node's permission model, instead of failing while it starts.
    const run = hashPool({ script: new URL("https://nowhere.test/worker.mjs"), threads: 2 });
    expect(await run(job)).toContain("$argon2id$");
    expect(warn.mock.lastCall?.join()).toContain("A hash thread could not start");
  });

  it("R1 a stored hash that turns out broken matches nothing and costs what another costs", async () => {
    vi.spyOn(console, "warn").mockImplementation(() => {});
    const run = hashPool({ script: nowhere, threads: 2 });
    const parameters = { memoryKib: 19_456, passes: 2, lanes: 1 };
    const broken = { scheme: "argon2id", text: "$argon2id$v=19$broken", ...parameters } as const;
    const decoy = { ...broken, text: await run(job) };
    const check = { kind: "check", stored: broken, decoy } as const;
    expect(await run({ ...check, password: "x" })).toBe(false);
    const worse = run({ ...check, decoy: broken, password: "x" });
    await expect(worse).rejects.toThrow();
  });

  it("R1 knows bcrypt and scrypt there too", async () => {
    vi.spyOn(console, "warn").mockImplementation(() => {});
    const run = hashPool({ script: nowhere, threads: 2 });
    const text = "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";
    const key = Buffer.from("cCO9yzr9c0hGHAbNgf046/2o+7qQT44+qbVD9lRdofLV", "base64");
    const salt = Buffer.from("SodiumChloride");
    const decoy = { scheme: "argon2id", text: "", memoryKib: 0, passes: 0, lanes: 0 } as const;
    const bcrypt = { kind: "check", stored: { scheme: "bcrypt", text }, decoy } as const;
    expect(await run({ ...bcrypt, password: "U*U" })).toBe(true);
    const scrypt = { scheme: "scrypt", N: 16_384, r: 8, p: 1, salt, key } as const;
    expect(await run({ kind: "check", stored: scrypt, decoy, password: "pleaseletmein" })).toBe(
      true,
    );
  });
});
