import { eq, sql } from "drizzle-orm";
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { browser } from "../../../test/browser.ts";
import { openHouse } from "../../../test/house.ts";
import { pages } from "../../../test/pages.ts";
import { lastMail, newAddress, PASSWORD } from "../../../test/people.ts";
import * as schema from "../../../test/schema.ts";
import { keyRing } from "../../crypto/keys.ts";
import { days, hours, minutes, seconds } from "../../duration.ts";
import { deliverDue } from "./delivery.ts";
import type { MailMessage, MailTemplates } from "./mails.ts";
import { outbox } from "./outbox.ts";

type House = Awaited<ReturnType<typeof openHouse>>;

let house: House;
beforeAll(async () => {
  house = await openHouse();
});
beforeEach(async () => {
  await house.core.db.execute(sql`delete from outbox`);
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

const templates: Partial<MailTemplates> = {
  "reset-password": ({ url, appName }) => ({ subject: `${appName}: reset`, text: url, html: url }),
  "password-changed": ({ device }) => ({ subject: "changed", text: device, html: "" }),
};
const TOKEN = "CANARY-token-nobody-may-see-in-clear";
const mail = { url: `https://app.test/reset-password?token=${TOKEN}`, device: "Firefox on Linux" };

const queue = (to = "ada@example.com") => outbox(house.core).queue("reset-password", to, mail);
const rows = async () => {
  const found = await house.core.db.select({ row: schema.outbox }).from(schema.outbox);
  return found.map(({ row }) => row);
};

/** Sends what is due; what arrived, or the failures of a transport that does not work. */
async function deliver(fault?: () => Error, core = house.core): Promise<MailMessage[]> {
  const sent: MailMessage[] = [];
  const send = async (message: MailMessage) => {
    if (fault) throw fault();
    sent.push(message);
  };
  await deliverDue(core, { from: "Auth <auth@app.test>", templates, transport: { send } });
  return sent;
}

const broken =
  (code: string, more: object = {}) =>
  () =>
    Object.assign(new Error(`550 no mail to ada@example.com: ${TOKEN}`), { code, ...more });

describe("a queued mail", () => {
  it("leaves in the app's words, from the app's address, once", async () => {
    await queue();
    expect(await deliver()).toEqual([
      {
        from: "Auth <auth@app.test>",
        to: "ada@example.com",
        subject: "Testbed: reset",
        text: mail.url,
        html: mail.url,
      },
    ]);
    expect(await deliver()).toEqual([]);
  });

  it("carries any text there is", async () => {
    const device = "Ω 🙂 \u202e\0\n'; drop table outbox; -- \ud83d\ude42";
    await outbox(house.core).queue("password-changed", "zoë@bücher.example", {
      ...{ disownUrl: "", resetUrl: "" },
      device,
    });
    const [sent] = await deliver();
    expect([sent?.to, sent?.text]).toEqual(["zoë@bücher.example", device]);
  });

  it("R97 is not sent, and not there, when its transaction fails", async () => {
    const failed = house.core.db.transaction(async (tx) => {
      await outbox(house.core, tx).queue("reset-password", "ada@example.com", mail);
      await tx.execute(sql`select 1 / 0`);
    });
    await expect(failed).rejects.toThrow();
    expect([await deliver(), await rows()]).toEqual([[], []]);
  });

  it("to nobody goes to nobody, and looks like any other while it waits", async () => {
    await outbox(house.core).queueNothing("reset-password");
    const [row] = await rows();
    expect(row?.sealed).toMatch(/^[0-9a-f]{8}\.[\w-]+$/);
    expect(await deliver()).toEqual([]);
    expect((await rows())[0]).toMatchObject({
      sealed: null,
      sentAt: expect.any(Date),
      lastError: null,
    });
  });
});

describe("R97 R168 what is stored of a mail", () => {
  it("tells no token, no code and no link, in clear or in base64", async () => {
    const visitor = browser(pages(house));
    const email = newAddress();
    await visitor.post("/register", { email, password: PASSWORD });
    await visitor.post("/forgot-password", { email });
    const waiting = JSON.stringify(await rows());
    const { path, code } = await lastMail(house, email, "verify-email");
    const reset = await lastMail(house, email, "reset-password");
    const decoded = waiting.replace(/[\w-]{20,}/g, (text) =>
      Buffer.from(text, "base64url").toString("latin1"),
    );
    for (const secret of [path, code, reset.path, path.split("=")[1], reset.path.split("=")[1]]) {
      expect(secret).toBeTruthy();
      expect(waiting).not.toContain(secret);
      expect(decoded).not.toContain(secret);
    }
  });

  it("is gone as soon as the mail is sent", async () => {
    await queue();
    await deliver();
    expect(await rows()).toMatchObject([
      { sealed: null, sentAt: expect.any(Date), lastError: null },
    ]);
  });

  it.each([
    ["to another recipient", { recipient: "eve@example.com" }],
    ["to another kind", { kind: "password-changed" }],
    ["to another row", { id: "00000000-0000-4000-8000-000000000000" }],
  ])("stays shut when it was moved %s", async (_where, change) => {
    await queue();
    await house.core.db.update(schema.outbox).set(change).where(undefined);
    expect(await deliver()).toEqual([]);
    expect((await rows())[0]).toMatchObject({ sentAt: null, lastError: "Error" });
  });

  it("opens while the secret is turned over, and waits when it is gone", async () => {
    await queue();
    const withSecrets = (...secrets: [string, ...string[]]) => ({
      ...house.core,
      keys: keyRing(secrets),
    });
    expect(await deliver(undefined, withSecrets("another secret altogether, long enough"))).toEqual(
      [],
    );
    await house.clock.advance(seconds(10));
    expect(await deliver()).toHaveLength(1);
  });

  it("R160 has of a failure its name and code, never what the server said", async () => {
    await queue();
    await deliver(broken("EENVELOPE", { responseCode: 550 }));
    const [row] = await rows();
    expect(row?.lastError).toBe("Error EENVELOPE 550");
    expect(JSON.stringify(row)).not.toContain(TOKEN);
  });
});

describe("R97 R176 a mail that cannot be sent", () => {
  const WAITS = [seconds(10), minutes(1), minutes(5), minutes(30), hours(2), hours(6), hours(12)];

  it("is tried again after ever longer waits, and after the last one is dead, said once", async () => {
    const said = vi.spyOn(console, "error").mockImplementation(() => {});
    await queue();
    let tries = 0;
    const count = () => {
      tries += 1;
      return broken("ECONNREFUSED")();
    };
    await deliver(count);
    for (const [n, wait] of WAITS.entries()) {
      await house.clock.advance(seconds(wait - 1));
      await deliver(count);
      expect(tries).toBe(n + 1);
      await house.clock.advance(seconds(1));
      await deliver(count);
      expect(tries).toBe(n + 2);
    }
    const [row] = await rows();
    expect(row).toMatchObject({
      attempts: 8,
      deadAt: expect.any(Date),
      sentAt: null,
      sealed: null,
    });
    expect(said.mock.calls).toEqual([
      [`auth-rr: gave up on mail ${row?.id} (reset-password): Error ECONNREFUSED`],
    ]);
    await house.clock.advance(days(30));
    expect(await deliver()).toEqual([]);
  });

  it("is sent when the server is back, and forgets its failures' secrets", async () => {
    await queue();
    for (const wait of WAITS.slice(0, 3)) {
      await deliver(broken("ETIMEDOUT"));
      await house.clock.advance(wait);
    }
    expect(await deliver()).toHaveLength(1);
    expect((await rows())[0]).toMatchObject({ sealed: null, sentAt: expect.any(Date) });
  });

  it("holds up no other mail", async () => {
    await queue("broken@example.com");
    await queue("fine@example.com");
    const sent: string[] = [];
    const send = async ({ to }: MailMessage) => {
      if (to === "broken@example.com") throw new Error("no such mailbox");
      sent.push(to);
    };
    await deliverDue(house.core, { from: "", templates, transport: { send } });
    expect(sent).toEqual(["fine@example.com"]);
  });

  it("because the app's template throws, or is missing, waits like any other", async () => {
    await queue();
    const throwing = {
      "reset-password": () => {
        throw new TypeError(TOKEN);
      },
    };
    for (const faulty of [throwing, {}]) {
      const transport = { send: async () => {} };
      await deliverDue(house.core, { from: "", templates: faulty, transport });
      expect((await rows())[0]).toMatchObject({ sentAt: null, lastError: "TypeError" });
      await house.clock.advance(minutes(1));
    }
  });

  it("because its content is gone, or the transport throws what is no error, waits like any other", async () => {
    await queue();
    const send = () => Promise.reject(TOKEN);
    await deliverDue(house.core, { from: "", templates, transport: { send } });
    expect((await rows())[0]).toMatchObject({ sentAt: null, lastError: "unknown" });
    await house.clock.advance(seconds(10));
    await house.core.db.update(schema.outbox).set({ sealed: null }).where(undefined);
    expect(await deliver()).toEqual([]);
    expect((await rows())[0]).toMatchObject({ sentAt: null, attempts: 2, lastError: "Error" });
  });

  it("because the transport never answers, is tried again while its lease still holds", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    await queue();
    const send = vi.fn(() => new Promise<never>(() => {}));
    const delivery = deliverDue(house.core, { from: "", templates, transport: { send } });
    await vi.waitFor(() => expect(send).toHaveBeenCalled());
    await vi.advanceTimersByTimeAsync(60_000);
    expect(await delivery).toBe(1);
    expect((await rows())[0]).toMatchObject({ sentAt: null, lastError: "DeadlineExceeded" });
  });
});

describe("the outbox", () => {
  it("wakes the worker after a commit that queued mail, and after no other", async () => {
    const woken = vi.spyOn(house.core, "committed");
    const [email, visitor] = [newAddress(), browser(pages(house))];
    await visitor.post("/register", { email, password: PASSWORD });
    expect(woken).toHaveBeenCalledTimes(1);
    const { code } = await lastMail(house, email);
    await visitor.post("/verify-email", { intent: "code", code });
    await browser(pages(house)).post("/login", { email, password: PASSWORD });
    expect(woken).toHaveBeenCalledTimes(1);
    await visitor.post("/forgot-password", { email: newAddress("nobody") });
    expect(woken).toHaveBeenCalledTimes(2);
  });

  it("handles ten at a time, the oldest first, until nothing is left", async () => {
    for (let n = 0; n < 12; n++) {
      await queue(`reader${n}@example.com`);
      await house.clock.advance(seconds(1));
    }
    const first = (await deliver()).map(({ to }) => to);
    expect(first.sort()).toEqual(
      Array.from({ length: 10 }, (_, n) => `reader${n}@example.com`).sort(),
    );
    expect((await deliver()).map(({ to }) => to).sort()).toEqual([
      "reader10@example.com",
      "reader11@example.com",
    ]);
    expect(await deliver()).toEqual([]);
  });

  it("forgets a sent mail after a day, and keeps the dead and the waiting", async () => {
    vi.spyOn(console, "error").mockImplementation(() => {});
    await queue("sent@example.com");
    await deliver();
    await queue("dead@example.com");
    await house.core.db
      .update(schema.outbox)
      .set({ attempts: 7 })
      .where(eq(schema.outbox.recipient, "dead@example.com"));
    await deliver(broken("EAUTH"));
    await queue("waiting@example.com");
    const kept = async () => (await rows()).map(({ recipient }) => recipient?.split("@")[0]).sort();
    await house.clock.advance(days(1));
    await outbox(house.core).deleteSent();
    expect(await kept()).toEqual(["dead", "sent", "waiting"]);
    await house.clock.advance(seconds(1));
    await outbox(house.core).deleteSent();
    expect(await kept()).toEqual(["dead", "waiting"]);
  });
});
