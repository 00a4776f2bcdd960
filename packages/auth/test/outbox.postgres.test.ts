import { beforeAll, describe, expect, it } from "vitest";
import { seconds } from "../src/duration.ts";
import { deliverDue } from "../src/features/outbox/delivery.ts";
import type { MailMessage, MailTemplates } from "../src/features/outbox/mails.ts";
import { outbox } from "../src/features/outbox/outbox.ts";
import { openNodes, race } from "./postgres.ts";

let pair: Awaited<ReturnType<typeof openNodes>>;
beforeAll(async () => {
  pair = await openNodes({}, { prepare: false });
});

const templates = {
  "password-changed": ({ device }) => ({ subject: "", text: device, html: "" }),
} as Partial<MailTemplates>;

let queued = 0;
/** Queues so many mails; each says another word. */
function queue(count: number) {
  return race(count, () => {
    queued += 1;
    const mail = { disownUrl: "", resetUrl: "", device: `mail ${queued}` };
    const { core } = pair.next().house;
    return outbox(core).queue("password-changed", "ada@example.com", mail);
  });
}

/** A worker of either node, with a transport that does what the test says. */
function deliver(send: (message: MailMessage) => Promise<void>, node: 0 | 1 = 0) {
  const { core } = pair.nodes[node].house;
  return deliverDue(core, { from: "auth@app.test", templates, transport: { send } });
}

describe("two nodes with one outbox", () => {
  it("R97 send every mail, and none twice, with four workers each", async () => {
    await queue(120);
    const sent: string[] = [];
    await race(8, async (n) => {
      const send = async ({ text }: MailMessage) => void sent.push(text);
      while ((await deliver(send, n % 2 === 0 ? 0 : 1)) > 0);
    });
    expect(sent).toHaveLength(120);
    expect(new Set(sent).size).toBe(120);
  });

  it("R97 R177 send what a killed worker had claimed, when its lease is over and not before", async () => {
    await queue(3);
    const killed = deliver(() => new Promise<never>(() => {}));
    killed.catch(() => {});
    await claimed(3);
    const sent: string[] = [];
    const send = async ({ text }: MailMessage) => void sent.push(text);
    await pair.nodes[0].house.clock.advance(seconds(119));
    expect([await deliver(send, 1), sent.length]).toEqual([0, 0]);
    await pair.nodes[0].house.clock.advance(seconds(1));
    expect([await deliver(send, 1), sent.length]).toEqual([3, 3]);
  });

  it("R97 R176 send no mail twice when the mail server takes fifty seconds for each", async () => {
    await queue(10);
    const sent: string[] = [];
    const slow: (() => void)[] = [];
    const first = deliver(({ text }) => {
      sent.push(text);
      return new Promise((done) => slow.push(done));
    });
    let over = false;
    const ended = first.then(() => {
      over = true;
    });
    while (!over) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      await pair.nodes[0].house.clock.advance(seconds(50));
      await deliver(async ({ text }) => void sent.push(text), 1);
      for (const done of slow.splice(0)) done();
      await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 20))]);
    }
    expect([...sent].sort()).toEqual([...new Set(sent)].sort());
    expect(sent).toHaveLength(10);
  });

  async function claimed(count: number): Promise<void> {
    const [row] = await pair.nodes[0].client`select count(*)::int from outbox
      where attempts = 1 and sent_at is null`;
    if (row?.count === count) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
    return claimed(count);
  }
});
