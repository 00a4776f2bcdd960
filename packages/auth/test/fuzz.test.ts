import { sql } from "drizzle-orm";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { browser } from "./browser.ts";
import { type Asked, requests } from "./fuzz-requests.ts";
import { HELD, openWallet } from "./fuzz-wallet.ts";
import { openHouse } from "./house.ts";
import { pages } from "./pages.ts";
import { login, register, userByEmail } from "./people.ts";

/** `FUZZ_RUNS=300000` for a night; `FUZZ_SEED` repeats a run. A short run always asks the same. */
const RUNS = Number(process.env.FUZZ_RUNS ?? 1500);
const LONG = process.env.FUZZ_RUNS !== undefined;
const SEED = Number(process.env.FUZZ_SEED ?? (LONG ? Date.now() & 0x7fffffff : 20_260_901));
const SLOWEST_MS = 1000;

let house: Awaited<ReturnType<typeof openHouse>>;
let handle: ReturnType<typeof pages>;
let wallet: Awaited<ReturnType<typeof openWallet>>;
/** What only the victim may see. */
let canaries: string[];
const victim = browser((request) => handle(request), { ip: "198.51.100.7" });
const statuses = new Map<number, number>();
const slow: string[] = [];

beforeAll(async () => {
  // React Router warns of each path it cannot decode.
  vi.spyOn(console, "warn").mockImplementation(() => {});
  house = await openHouse();
  handle = pages(house);
  await register(house, victim, "canary.victim@example.com");
  const { id } = await userByEmail(house, "canary.victim@example.com");
  await house.core.db.execute(sql`update users set favorite_color = 'canary-colour'`);
  const owed = await register(
    house,
    browser(handle, { ip: "198.51.100.8" }),
    "canary.owed@example.com",
  );
  house.enrolled.add((await userByEmail(house, owed)).id);
  canaries = ["canary.victim", "canary.owed", "canary-colour", id, ...victim.jar.values()];
  wallet = await openWallet(house, handle, victim.jar.get("__Host-session") as string);
});

afterAll(() => vi.restoreAllMocks());

/** All that a refused request must leave alone; counters, the trail and "last seen" are what it may touch. */
async function state(): Promise<string> {
  const { rows } = (await house.core.db.execute(sql`select md5(concat(
    (select string_agg(u::text, ';' order by u.id) from users u),
    (select string_agg(p::text, ';' order by p.user_id) from passwords p),
    (select string_agg(concat(id, token_hash, user_id, aal, stepped_up_at), ';' order by id) from sessions),
    (select string_agg(concat(token_hash, purpose, user_id, address, expires_at), ';' order by token_hash) from tokens),
    (select string_agg(concat(id, kind, recipient), ';' order by id) from outbox))) as state`)) as {
    rows: { state: string }[];
  };
  return rows[0]?.state ?? "";
}

function requestOf({ method, path, headers, cookies, body }: Asked): Request {
  const all = new Headers();
  for (const [name, value] of headers) all.set(name, latin1(value));
  all.set(
    "Cookie",
    latin1(cookies.map(([name, text]) => `${name}=${wallet.resolve(text)}`).join("; ")),
  );
  const hasBody = body !== null && !["GET", "HEAD", "get"].includes(method);
  return new Request(`https://app.test${path}`, { method, headers: all, ...(hasBody && { body }) });
}

/** Bytes, as they come over the wire. */
const latin1 = (text: string) => Buffer.from(text.replace(/[\0\r\n]/g, "")).toString("latin1");

let asked = 0;
let before = "";
async function ask(request: Asked): Promise<void> {
  // Behind limits that are used up there is little to find.
  if (asked % 500 === 0) await house.core.db.execute(sql`delete from rate_limits`);
  if (asked++ % 10 === 0) {
    await wallet.refill();
    before = await state();
  }
  const from = performance.now();
  const response = await handle(requestOf(request));
  const body = await response.text();
  const took = performance.now() - from;
  if (took > SLOWEST_MS)
    slow.push(`${took.toFixed(0)} ms: ${JSON.stringify(request).slice(0, 500)}`);
  const { status } = response;
  statuses.set(status, (statuses.get(status) ?? 0) + 1);

  expect(status).toBeLessThan(500);
  for (const canary of canaries) expect(body).not.toContain(canary);
  const target = response.headers.get("Location") ?? /"redirect","([^"]*)"/.exec(body)?.[1];
  expect(target ?? "/").toMatch(/^\/(?![/\\])/);
  const after = await state();
  if (status >= 400) {
    expect(after).toBe(before);
    const cookies = response.headers.getSetCookie().filter((line) => !line.includes("Max-Age=0"));
    expect(cookies.filter((line) => line.startsWith("__Host-session="))).toEqual([]);
  }
  before = after;
}

describe(`whatever is asked, ${RUNS} times from seed ${SEED}`, () => {
  it("R5 R60 R72 is answered without a 5xx, a foreign secret, a change by what was refused, or a way off the site", {
    timeout: 60_000 + RUNS * 50,
  }, async () => {
    await fc.assert(fc.asyncProperty(requests(HELD), ask), { numRuns: RUNS, seed: SEED });
    if (LONG) console.log(Object.fromEntries([...statuses].sort()), slow);
  });

  it("meets every kind of answer, so that the run says something", () => {
    for (const status of [200, 302, 303, 400, 401, 403, 404, 405, 413, 415, 429]) {
      expect([status, statuses.get(status) ?? 0]).not.toEqual([status, 0]);
    }
  });

  it("R43 leaves the victim signed in, with the same password", async () => {
    expect((await victim.get("/secret")).status).toBe(200);
    await house.core.db.execute(sql`delete from rate_limits`);
    const fresh = browser(handle, { ip: "198.51.100.10" });
    expect((await login(fresh, "canary.victim@example.com")).status).toBe(302);
  });

  it.runIf(LONG)("never takes more than a second", () => {
    expect(slow).toEqual([]);
  });
});
