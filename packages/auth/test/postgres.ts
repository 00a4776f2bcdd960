import { randomBytes } from "node:crypto";
import { drizzle } from "drizzle-orm/postgres-js";
import postgres, { type Options } from "postgres";
import { afterAll, inject } from "vitest";
import { houseOn } from "./house.ts";
import { pages } from "./pages.ts";

type PoolOptions = Options<Record<string, never>>;
type HouseOptions = Parameters<typeof houseOn>[1];

/** The URL of a new database with the test schema, on the server of this run unless another is named. */
export async function newDatabase(serverUrl = inject("postgresUrl")): Promise<string> {
  const admin = postgres(serverUrl, { max: 1 });
  const name = `file_${randomBytes(6).toString("hex")}`;
  await admin.unsafe(`create database ${name} template template`);
  await admin.end();
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return url.href;
}

/** A pool of connections as an app would open it, closed after the tests of the file. */
export function pool(url: string, options: PoolOptions = {}) {
  const client = postgres(url, { max: 10, ...options, onnotice: () => {} });
  afterAll(() => client.end({ timeout: 1 }));
  return client;
}

/** One process of the app: a house with a pool of its own, and its pages. */
export async function openNode(url: string, options: HouseOptions, poolOptions?: PoolOptions) {
  const client = pool(url, poolOptions);
  const house = await houseOn(drizzle({ client }), options);
  return { client, house, handle: pages(house) };
}

export type Node = Awaited<ReturnType<typeof openNode>>;

/** Two processes of one app: the same database and secret, nothing else in common. */
export async function openNodes(options: HouseOptions = {}, poolOptions?: PoolOptions) {
  const url = await newDatabase();
  const secret = randomBytes(32).toString("base64url");
  const nodes = [
    await openNode(url, { ...options, secret }, poolOptions),
    await openNode(url, { ...options, secret }, poolOptions),
  ] as const;
  return { url, secret, nodes, ...togetherOf(nodes) };
}

function togetherOf(nodes: readonly [Node, Node]) {
  let turn = 0;
  return {
    /** Whose turn it is, as behind a load balancer. */
    next: () => nodes[turn++ % 2] as Node,
    enroll(userId: string): void {
      for (const { house } of nodes) house.enrolled.add(userId);
    },
    /** From now on time passes by itself: windows and waits meet requests that began before others ended. */
    async letTimePass(): Promise<void> {
      await nodes[0].client`create or replace function auth_rr_test_now() returns timestamptz
        language sql stable as 'select now()'`;
    },
    /** No limit holds: what is behind the limits gets all of the race. */
    async liftLimits(): Promise<void> {
      await nodes[0].client`create or replace function lift() returns trigger language plpgsql as
        'begin new.key := gen_random_uuid()::text; return new; end'`;
      await nodes[0].client`create or replace trigger lift before insert on rate_limits
        for each row execute function lift()`;
    },
    async restoreLimits(): Promise<void> {
      await nodes[0].client`drop trigger lift on rate_limits`;
    },
  };
}

/** Starts so many at the same time and waits for all. */
export function race<Result>(count: number, run: (index: number) => Promise<Result>) {
  return Promise.all(Array.from({ length: count }, (_, index) => run(index)));
}
