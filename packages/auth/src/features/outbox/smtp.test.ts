import { once } from "node:events";
import type { AddressInfo, Socket } from "node:net";
import type { Readable } from "node:stream";
import { type ParsedMail, simpleParser } from "mailparser";
import { SMTPServer, type SMTPServerOptions, type SMTPServerSession } from "smtp-server";
import { afterEach, describe, expect, it } from "vitest";
import { smtp } from "./smtp.ts";

const MESSAGE = {
  from: "Auth <auth@app.test>",
  to: "ada@example.com",
  subject: "Reset your password, Zoë 🙂",
  text: "Grüße 🙂\n.\nhttps://app.test/reset-password?token=abc",
  html: '<p>Grüße 🙂 <a href="https://app.test/reset-password?token=abc">reset</a></p>',
};

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

interface Received {
  mail: ParsedMail;
  raw: string;
  /** What the SMTP envelope said, which is where the mail goes. */
  recipients: string[];
}

/** What the server says to a whole message: an error, or nothing at all while it hangs up. */
type Answer = Error | "hangs up";

/** A mail server that keeps what it gets, but answers the first messages as the test says. */
async function sink(answers: Answer[] = [], options: SMTPServerOptions = {}) {
  const received: Received[] = [];
  const sockets = new Set<Socket>();
  const hangUp = () => {
    for (const socket of sockets) socket.destroy();
  };

  async function keep(stream: Readable, session: SMTPServerSession): Promise<Answer | undefined> {
    const raw = Buffer.concat(await stream.toArray()).toString("utf8");
    const recipients = session.envelope.rcptTo.map(({ address }) => address);
    received.push({ mail: await simpleParser(raw), raw, recipients });
    return answers.shift();
  }

  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ["STARTTLS"],
    closeTimeout: 100,
    onData(stream, session, done) {
      keep(stream, session).then(
        (answer) => (answer === "hangs up" ? hangUp() : done(answer)),
        (error) => done(error),
      );
    },
    ...options,
  });
  server.server.on("connection", (socket: Socket) => sockets.add(socket));
  server.on("error", () => {});
  server.listen(0, "127.0.0.1");
  await once(server.server, "listening");
  closing.push(() => {
    hangUp();
    return new Promise<void>((closed) => server.close(() => closed()));
  });
  const { port } = server.server.address() as AddressInfo;
  return { received, url: `smtp://127.0.0.1:${port}` };
}

describe("mail by SMTP", () => {
  it("R98 has text and HTML alike, says that a machine wrote it, and keeps every letter", async () => {
    const { received, url } = await sink();
    await smtp(url).send(MESSAGE);
    const [{ mail, raw }] = received as [Received];
    expect(mail).toMatchObject({
      subject: MESSAGE.subject,
      html: expect.stringContaining("Grüße 🙂"),
    });
    expect(mail.text?.trim()).toBe(MESSAGE.text);
    expect(raw).toMatch(/^Content-Type: multipart\/alternative;/m);
    expect(mail.headers.get("auto-submitted")).toBe("auto-generated");
    expect([mail.from?.text, received[0]?.recipients]).toEqual([
      '"Auth" <auth@app.test>',
      ["ada@example.com"],
    ]);
    expect(raw).not.toMatch(/<img|X-Mailer-Track/i);
  });

  it("sends many over few connections", async () => {
    let connections = 0;
    const { received, url } = await sink([], {
      onConnect(_session, accept) {
        connections += 1;
        accept();
      },
    });
    const transport = smtp(url);
    await Promise.all(Array.from({ length: 20 }, () => transport.send(MESSAGE)));
    expect(received).toHaveLength(20);
    expect(connections).toBeLessThanOrEqual(5);
  });

  it.each([
    "ada@example.com,eve@evil.example",
    "ada@example.com, eve@evil.example",
    "ada@example.com;eve@evil.example",
    '"eve@evil.example" <ada@example.com>',
    "eve@evil.example <ada@example.com>",
    "group:ada@example.com,eve@evil.example;",
    '"ada@evil.example"@example.com',
    "ada@example.com\r\nRCPT TO:<eve@evil.example>",
    "ada@example.com>\r\nBcc: eve@evil.example",
    "ada@example.com\neve@evil.example",
    "ada%evil.example@example.com",
    "<ada@example.com>,<eve@evil.example>",
  ])("R80 R99 goes to one address at most, never to Eve: %j", async (to) => {
    const { received, url } = await sink();
    await smtp(url)
      .send({ ...MESSAGE, to })
      .catch(() => {});
    for (const { recipients, raw } of received) {
      expect(recipients.length).toBeLessThanOrEqual(1);
      expect(recipients.filter((address) => /@evil\.example>?$/i.test(address))).toEqual([]);
      expect(raw).not.toMatch(/^(Bcc|RCPT)/im);
    }
  });

  it("R80 lets no subject add a header", async () => {
    const { received, url } = await sink();
    await smtp(url).send({ ...MESSAGE, subject: "hello\r\nBcc: eve@evil.example\r\n\r\nbody" });
    const [{ mail, recipients }] = received as [Received];
    expect([mail.bcc, recipients]).toEqual([undefined, ["ada@example.com"]]);
    expect(mail.text?.trim()).toBe(MESSAGE.text);
  });

  it("reads no file and no URL that a text names", async () => {
    const { received, url } = await sink();
    const path = { path: "/etc/hostname" } as unknown as string;
    await expect(smtp(url).send({ ...MESSAGE, text: path })).rejects.toThrow(
      /File access rejected/,
    );
    expect(received).toEqual([]);
  });
});

describe("R176 a mail server that refuses or breaks off is an error that the outbox tries again after", () => {
  const refusal = (code: number) => Object.assign(new Error("no"), { responseCode: code });

  it.each([
    ["421", refusal(421), { responseCode: 421 }],
    ["451", refusal(451), { responseCode: 451 }],
    ["550", refusal(550), { responseCode: 550 }],
    ["no answer after the last line", "hangs up", { code: "ECONNECTION" }],
  ] as const)("%s", async (_what, answer, error) => {
    const { received, url } = await sink([answer]);
    const transport = smtp(url);
    await expect(transport.send(MESSAGE)).rejects.toMatchObject(error);
    await transport.send(MESSAGE);
    expect(received).toHaveLength(2);
  });

  it("nobody at home", async () => {
    await expect(smtp("smtp://127.0.0.1:1").send(MESSAGE)).rejects.toMatchObject({
      code: "ESOCKET",
    });
  });

  it("a password it does not accept", async () => {
    const { url } = await sink([], {
      authOptional: false,
      allowInsecureAuth: true,
      onAuth: (_auth, _session, done) => done(new Error("no")),
    });
    const named = url.replace("//", "//user:secret-password@");
    const failed = smtp(named).send(MESSAGE);
    await expect(failed).rejects.toMatchObject({ code: "EAUTH" });
    await expect(failed).rejects.not.toMatchObject({
      message: expect.stringContaining("secret-password"),
    });
  });
});
