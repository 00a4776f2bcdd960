import { readFile } from "node:fs/promises";
import { sql } from "drizzle-orm";
import { beforeAll, describe, expect, it } from "vitest";
import { crowd } from "./browser.ts";
import { openHouse } from "./house.ts";
import { pages } from "./pages.ts";
import { login, register, userByEmail } from "./people.ts";

const docs = new URL("../../../docs/features/audit.md", import.meta.url);

let house: Awaited<ReturnType<typeof openHouse>>;
/** What the page tells to put into a migration, and what to run every night. */
let migration: string;
let job: string;

const run = (text: string) => house.core.db.execute(sql.raw(text));
const visit = crowd(() => pages(house));

beforeAll(async () => {
  house = await openHouse();
  const blocks = [...(await readFile(docs, "utf8")).matchAll(/```sql\n([\s\S]*?)```/g)];
  [migration = "", job = ""] = blocks.map(([, text = ""]) => text);
  await run("create role app_role");
  await run("create role audit_keeper");
  await run("grant all on all tables in schema public to app_role");
  for (const statement of statementsOf(migration)) await run(statement);
});

/** Split where a line ends in a semicolon, so that bodies of functions stay whole. */
function statementsOf(text: string): string[] {
  return text.split(/;\n/).filter((statement) => statement.trim());
}

/** As another role; the connection is its owner's again afterwards. */
async function as<Result>(role: string, work: () => Promise<Result>): Promise<Result> {
  await run(`set role ${role}`);
  try {
    return await work();
  } finally {
    await run("reset role");
  }
}

const count = async () =>
  Number(
    ((await run("select count(*) as n from audit_events")) as { rows: { n: number }[] }).rows[0]?.n,
  );

async function oldEvents(): Promise<void> {
  await run(`insert into audit_events (at, action, outcome, request_id, details)
    select now() - make_interval(months => n), 'logout', 'success', 'old', '{}' from generate_series(11, 14) n`);
}

const TAMPERING = [
  "update audit_events set outcome = 'success'",
  "update audit_events set at = now() - interval '2 years'",
  "delete from audit_events",
  "truncate audit_events",
  "drop trigger audit_events_append_only on audit_events",
  "alter table audit_events disable trigger all",
];

describe("R158 the trail, with the rights and triggers that the docs give", () => {
  it("lets the house work: registering, logging in and out, sweeping", async () => {
    await as("app_role", async () => {
      const visitor = visit();
      const email = await register(house, visitor);
      await visitor.post("/logout");
      expect((await login(visitor, email)).status).toBe(302);
      await house.prune();
      await house.expectAudit("logout", await userByEmail(house, email));
    });
  });

  it.each(TAMPERING)("is not changed by the app: %s", async (statement) => {
    await oldEvents();
    const before = await count();
    await expect(as("app_role", () => run(statement))).rejects.toThrow();
    expect(await count()).toBe(before);
  });

  it.each(TAMPERING.slice(0, 4))("nor by who owns it, unasked: %s", async (statement) => {
    const before = await count();
    await expect(run(statement)).rejects.toThrow();
    expect(await count()).toBe(before);
  });

  it("is shortened by its keeper alone, and by no more than what is older than a year", async () => {
    await oldEvents();
    const before = await count();
    await expect(as("audit_keeper", () => run("delete from audit_events"))).rejects.toThrow();
    expect(await count()).toBe(before);
    await as("audit_keeper", () => run(job));
    const after = await count();
    expect(after).toBeLessThan(before);
    const { rows } = (await run(
      "select 1 from audit_events where at < now() - interval '1 year'",
    )) as { rows: unknown[] };
    expect(rows).toEqual([]);
    const late = as("audit_keeper", () => run("update audit_events set ip = null"));
    await expect(late).rejects.toThrow();
  });
});
