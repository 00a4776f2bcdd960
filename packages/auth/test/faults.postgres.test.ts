import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Browser, browser } from "./browser.ts";
import { login, newAddress, PASSWORD, register, userByEmail } from "./people.ts";
import { type Node, newDatabase, openNode, pool, race } from "./postgres.ts";
import { startPostgres } from "./postgres-server.ts";
import { makeTemplate } from "./postgres-setup.ts";
import { startProxy } from "./tcp-proxy.ts";

// Reconnects at once, so that a test need not wait for it; an app's own pool takes up to twenty seconds.
const OPTIONS = { prepare: false, fetch_types: false, backoff: () => 0.05 };

/** Every page that needs the database, in every way of asking. */
const REQUESTS: [string, string, Record<string, string>?][] = [
  ["GET", "/"],
  ["GET", "/secret"],
  ["GET", "/unsaid"],
  ["GET", "/still"],
  ["GET", "/resource"],
  ["GET", "/deep/er"],
  ["GET", "/login"],
  ["GET", "/login/second-factor"],
  ["GET", "/settings/sessions"],
  ["GET", "/secret.data"],
  ["GET", "/secret.data?_routes=secret"],
  ["POST", "/secret"],
  ["POST", "/resource"],
  ["POST", "/secret.data"],
  ["POST", "/register", { email: newAddress(), password: PASSWORD }],
  ["POST", "/login", { email: newAddress(), password: PASSWORD }],
  ["POST", "/login.data", { email: newAddress(), password: PASSWORD }],
  ["POST", "/logout"],
  ["POST", "/forgot-password", { email: newAddress() }],
  ["POST", "/reset-password", { password: PASSWORD }],
  ["POST", "/verify-email", { intent: "code", code: "123456" }],
  ["POST", "/verify-email", { intent: "resend" }],
  ["POST", "/settings/password", { currentPassword: PASSWORD, newPassword: PASSWORD }],
  ["POST", "/settings/sessions", { intent: "revoke-others" }],
  ["POST", "/step-up", { password: PASSWORD }],
  ["GET", "/settings/email"],
  ["POST", "/settings/email", { email: newAddress() }],
  ["POST", "/settings/email/confirm"],
  ["POST", "/settings/email/cancel"],
  ["POST", "/login/magic-link", { intent: "request", email: newAddress() }],
  ["POST", "/login/magic-link", { intent: "confirm" }],
  ["POST", "/not-me"],
];

let server: Awaited<ReturnType<typeof startPostgres>>;
let admin: ReturnType<typeof pool>;
beforeAll(async () => {
  server = await startPostgres();
  await makeTemplate(server.url);
  admin = pool(server.url, { max: 1 });
});
afterAll(() => server.close());

async function signedIn(node: Node): Promise<Browser> {
  const visitor = browser(node.handle);
  const email = await register(node.house, visitor);
  node.house.enrolled.add((await userByEmail(node.house, email)).id);
  await login(visitor, email);
  return visitor;
}

function ask(visitor: Browser, [method, path, fields]: (typeof REQUESTS)[number]) {
  return method === "GET" ? visitor.get(path) : visitor.post(path, fields);
}

/** What came of each request, as text, and how long the slowest took. */
async function askAll(origin: Browser, node: Node) {
  const started = performance.now();
  const answers = await race(REQUESTS.length, async (index) => {
    const request = REQUESTS[index] as (typeof REQUESTS)[number];
    const visitor = browser(node.handle, { ip: `192.0.2.${index}` });
    for (const [name, value] of origin.jar) visitor.jar.set(name, value);
    const response = await ask(visitor, request);
    const body = await response.text();
    return { request: request.slice(0, 2).join(" "), response, body };
  });
  return { answers, seconds: (performance.now() - started) / 1000 };
}

async function expectAllUnavailable(origin: Browser, node: Node): Promise<void> {
  const { answers, seconds } = await askAll(origin, node);
  for (const { request, response, body } of answers) {
    const retryAfter = response.headers.get("Retry-After");
    expect([request, response.status, retryAfter]).toEqual([request, 503, "5"]);
    expect(body, request).not.toMatch(/secret":|did":|behind the layout|open":/);
    expect(body, request).not.toMatch(/ECONN|postgres|select |insert |\.ts:/i);
  }
  expect(seconds).toBeLessThan(6);
}

describe("a database that is away", () => {
  it("R169 R60 makes every page a calm 503, and none a 500; when it is back, so is the app", async () => {
    const node = await openNode(await newDatabase(server.url), {}, OPTIONS);
    const visitor = await signedIn(node);
    expect((await visitor.get("/secret")).status).toBe(200);
    await server.stop();
    await expectAllUnavailable(visitor, node);
    expect((await visitor.get("/public")).status).toBe(200);
    expect(await isReady(node)).toBe(false);
    await server.start();
    expect(await eventually(() => visitor.get("/secret"))).toBe(200);
    expect(await isReady(node)).toBe(true);
  });
});

function isReady(node: Node): Promise<boolean> {
  return node.house.auth.ready();
}

/** The first status that is not 503. */
async function eventually(get: () => Promise<Response>): Promise<number> {
  const { status } = await get();
  return status === 503 ? eventually(get) : status;
}

describe("a database that swallows what it is asked", () => {
  it("R171 ends every request with 503 within the deadline, and no promise is forgotten", async () => {
    const proxy = await startProxy(new URL(await newDatabase(server.url)));
    const node = await openNode(proxy.url.href, {}, OPTIONS);
    const visitor = await signedIn(node);
    proxy.swallow();
    await expectAllUnavailable(visitor, node);
    expect(await isReady(node)).toBe(false);
    proxy.pass();
    proxy.cut();
    expect(await eventually(() => visitor.get("/secret"))).toBe(200);
    await proxy.close();
  });

  it("R171 on two of its connections leaves the others to work", async () => {
    const proxy = await startProxy(new URL(await newDatabase(server.url)));
    const node = await openNode(proxy.url.href, {}, OPTIONS);
    const visitor = await signedIn(node);
    proxy.swallow();
    const lost = await Promise.all([visitor.get("/secret"), visitor.get("/secret")]);
    expect(lost.map(({ status }) => status)).toEqual([503, 503]);
    proxy.pass();
    expect((await visitor.get("/secret")).status).toBe(200);
    proxy.cut();
    await proxy.close();
  });
});

describe("a database that cannot answer now", () => {
  it("R171 is a 503 when a statement takes too long", async () => {
    const connection = { statement_timeout: 300 };
    const url = await newDatabase(server.url);
    const node = await openNode(url, {}, { ...OPTIONS, connection });
    const visitor = await signedIn(node);
    await node.client.begin(async (tx) => {
      await tx`lock table sessions, rate_limits in access exclusive mode`;
      expect(await statusesOf(node, visitor)).toEqual([503, 503, 503]);
    });
    expect(await statusesOf(node, visitor)).toEqual([200, 200, 401]);
  });

  it("R182 is a 503 when a lock is not to be had", async () => {
    const url = await newDatabase(server.url);
    const node = await openNode(url, {}, { ...OPTIONS, connection: { lock_timeout: 50 } });
    const visitor = await signedIn(node);
    await node.client.begin(async (tx) => {
      await tx`lock table sessions, rate_limits in access exclusive mode`;
      expect(await statusesOf(node, visitor)).toEqual([503, 503, 503]);
    });
  });

  it("R171 reads on and writes nothing while it is a stand-by", async () => {
    const url = await newDatabase(server.url);
    const node = await openNode(url, {}, OPTIONS);
    const visitor = await signedIn(node);
    const name = new URL(url).pathname.slice(1);
    await node.client.unsafe(`alter database ${name} set default_transaction_read_only = on`);
    await sendAway(node);
    expect(await eventually(() => visitor.get("/secret"))).toBe(200);
    expect(await statusesOf(node, visitor)).toEqual([200, 200, 503]);
  });

  it("R60 is a 503 or an answer, never a 500, while its connections die one after the other", async () => {
    const node = await openNode(await newDatabase(server.url), {}, OPTIONS);
    const visitor = await signedIn(node);
    let storm = true;
    const killing = (async () => {
      while (storm) await sendAway(node);
    })();
    const answers = [];
    for (let n = 0; n < 10; n++) answers.push(...(await race(10, () => statusesOf(node, visitor))));
    storm = false;
    await killing;
    expect(answers.flat().filter((status) => ![200, 401, 429, 503].includes(status))).toEqual([]);
    expect(await eventually(() => visitor.get("/secret"))).toBe(200);
  });
});

/** Of a page, a resource and a login. */
async function statusesOf(node: Node, visitor: Browser): Promise<number[]> {
  const answers = await Promise.all([
    visitor.get("/secret"),
    visitor.get("/resource"),
    browser(node.handle).post("/login", { email: newAddress(), password: "x" }),
  ]);
  return answers.map(({ status }) => status);
}

/** Ends every connection to the node's database, as an administrator would. */
async function sendAway(node: Node): Promise<void> {
  await admin`select pg_terminate_backend(pid) from pg_stat_activity
    where datname = ${node.client.options.database}`;
}
