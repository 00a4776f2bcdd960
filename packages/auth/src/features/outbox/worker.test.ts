import { isNull, sql } from "drizzle-orm";
import { beforeAll, expect, it, onTestFinished, vi } from "vitest";
import { openHouse } from "../../../test/house.ts";
import type { MailMessage } from "./mails.ts";
import { outbox } from "./outbox.ts";
import { startMailWorker } from "./worker.ts";

let house: Awaited<ReturnType<typeof openHouse>>;
beforeAll(async () => {
  house = await openHouse();
});

const templates = {
  "password-changed": ({ device }: { device: string }) => ({ subject: "", text: device, html: "" }),
};

function start() {
  const sent: string[] = [];
  const gates: (() => void)[] = [];
  const send = ({ text }: MailMessage) => {
    sent.push(text);
    return new Promise<void>((open) => gates.push(open));
  };
  const worker = startMailWorker(house.core, { from: "", templates, transport: { send } });
  onTestFinished(() => worker.stop());
  function openAll(): void {
    for (const open of gates.splice(0)) open();
  }
  return { worker, sent, openAll };
}

async function unsent(): Promise<number> {
  const { outbox: table, db } = house.core;
  const found = await db.select({ id: table.id }).from(table).where(isNull(table.sentAt));
  return found.length;
}

const queue = (device: string) =>
  outbox(house.core).queue("password-changed", "ada@example.com", {
    ...{ disownUrl: "", resetUrl: "" },
    device,
  });

it("R97 sends at once what was queued, also what is queued while it is busy", async () => {
  const { worker, sent, openAll } = start();
  await queue("first");
  worker.kick();
  await vi.waitFor(() => expect(sent).toEqual(["first"]));
  await queue("second");
  worker.kick();
  worker.kick();
  openAll();
  await vi.waitFor(() => expect(sent).toEqual(["first", "second"]));
  openAll();
  await vi.waitFor(async () => expect(await unsent()).toBe(0));
});

it("R169 outlives a database that is away", async () => {
  const { worker, sent } = start();
  await queue("third");
  await house.core.db.execute(sql`alter table outbox rename to gone`);
  worker.kick();
  await house.core.db.execute(sql`select 1`);
  await house.core.db.execute(sql`alter table gone rename to outbox`);
  await vi.waitFor(() => {
    worker.kick();
    expect(sent).toEqual(["third"]);
  });
});
