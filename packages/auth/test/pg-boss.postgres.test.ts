import { PgBoss } from "pg-boss";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { seconds } from "../src/duration.ts";
import { deliverDue } from "../src/features/outbox/delivery.ts";
import type { MailMessage, MailTemplates } from "../src/features/outbox/mails.ts";
import { outbox } from "../src/features/outbox/outbox.ts";
import { pgBoss } from "../src/features/outbox/pg-boss.ts";
import type { MailWorker } from "../src/features/outbox/worker.ts";
import { openNodes, race } from "./postgres.ts";

/** Two nodes, each with a pg-boss of its own on the one database. */
let pair: Awaited<ReturnType<typeof openNodes>>;
const bosses: PgBoss[] = [];
const workers: MailWorker[] = [];
const sent: string[] = [];
let isDown = false;

const templates = {
  "password-changed": ({ device }) => ({ subject: "", text: device, html: "" }),
} as Partial<MailTemplates>;
const transport = {
  async send({ text }: MailMessage): Promise<void> {
    if (isDown) throw new Error("the mail server is down");
    sent.push(text);
  },
};

beforeAll(async () => {
  pair = await openNodes({}, { prepare: false });
  for (const { house } of pair.nodes) {
    const boss = new PgBoss({ connectionString: pair.url, schema: "pgboss" });
    boss.on("error", () => {});
    await boss.start();
    bosses.push(boss);
    const mail = { from: "auth@app.test", templates, transport };
    workers.push(pgBoss(boss)(() => deliverDue(house.core, mail)));
  }
});
afterAll(async () => {
  for (const worker of workers) worker.stop();
  await Promise.all(bosses.map((boss) => boss.stop({ graceful: false })));
});

function queue(device: string) {
  const { core } = pair.next().house;
  return outbox(core).queue("password-changed", "ada@example.com", {
    ...{ disownUrl: "", resetUrl: "" },
    device,
  });
}
const kick = (n: number) => workers[n % 2]?.kick();
const unsent = () => outbox(pair.nodes[0].house.core).undelivered();

describe("R97 mail by pg-boss", () => {
  it("leaves soon after the commit, each once, from whichever node", async () => {
    await race(60, async (n) => {
      await queue(`mail ${n}`);
      kick(n);
    });
    await vi.waitFor(() => expect(new Set(sent).size).toBe(60), { timeout: 30_000, interval: 100 });
    expect(sent).toHaveLength(60);
  });

  it("waits in the outbox while the mail server is down, and is tried again by a later job", async () => {
    isDown = true;
    await queue("patient");
    kick(0);
    await vi.waitFor(
      async () => {
        const [row] = await pair.nodes[0]
          .client`select last_error from outbox where sent_at is null`;
        expect(row?.last_error).toBe("Error");
      },
      { timeout: 20_000, interval: 100 },
    );
    isDown = false;
    expect(await unsent()).toEqual({ waiting: 1, dead: 0 });
    await pair.nodes[0].house.clock.advance(seconds(11));
    kick(1);
    await vi.waitFor(() => expect(sent).toContain("patient"), { timeout: 20_000, interval: 100 });
  });

  it("L10 puts nothing of a mail into a job, and is looked after every minute", async () => {
    const { client } = pair.nodes[0];
    const jobs =
      await client`select name, data::text as data from pgboss.job where name = 'auth-rr-mail'`;
    expect(jobs.length).toBeGreaterThan(0);
    expect(jobs.filter(({ data }) => data !== null && data !== "{}")).toEqual([]);
    const schedules = await client`select name, cron from pgboss.schedule`;
    expect([...schedules]).toEqual([{ name: "auth-rr-mail", cron: "* * * * *" }]);
  });

  it("is counted when it is given up, and forgotten after a month", async () => {
    isDown = true;
    await queue("dead");
    const { house } = pair.nodes[0];
    const logged = vi.spyOn(console, "error").mockImplementation(() => {});
    for (let n = 0; n < 8; n++) {
      const mail = { from: "", templates, transport };
      await deliverDue(house.core, mail);
      await house.clock.advance(seconds(12 * 60 * 60 + 1));
    }
    isDown = false;
    expect(String(logged.mock.calls)).toMatch(/gave up on mail [\w-]+ \(password-changed\): Error/);
    logged.mockRestore();
    expect(await house.auth.undeliveredMail()).toEqual({ waiting: 0, dead: 1 });
    await house.clock.advance(seconds(31 * 24 * 60 * 60));
    await house.prune();
    expect(await house.auth.undeliveredMail()).toEqual({ waiting: 0, dead: 0 });
  });
});
