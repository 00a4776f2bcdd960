import { setTimeout } from "node:timers/promises";
import { simpleParser } from "mailparser";
import { SMTPServer } from "smtp-server";
import { listen } from "./ports.ts";

export interface ReceivedMail {
  to: string;
  subject: string;
  text: string;
  /** The path of its first link with a token, and its code. */
  path: string;
  code: string;
}

/** A mail server that takes everything and can be told to misbehave. */
export async function startSmtp() {
  const mails: ReceivedMail[] = [];
  let refusal: { code: number } | null = null;
  let delayMs = 0;
  let underWay = 0;
  let port = 0;
  let server = open();
  port = await listen(server.server);

  function open(): SMTPServer {
    const smtp = new SMTPServer({
      authOptional: true,
      disabledCommands: ["AUTH", "STARTTLS"],
      async onData(stream, _session, answer) {
        underWay += 1;
        // Null where whoever sent it died in the middle.
        const mail = await simpleParser(stream).catch(() => null);
        await setTimeout(delayMs);
        underWay -= 1;
        if (!mail) return;
        if (refusal) return answer(Object.assign(new Error("no"), { responseCode: refusal.code }));
        mails.push(receivedFrom(mail));
        answer();
      },
    });
    smtp.on("error", () => {});
    return smtp;
  }

  return {
    port,
    /** Every mail it has answered with 250, in the order of arrival. */
    mails,
    /** How many it has begun to take and not answered yet. */
    underWay: () => underWay,
    /** Answers every mail with this code: 4xx come back later, 5xx do not. */
    refuse(code: number): void {
      refusal = { code };
    },
    /** Answers every mail so much later. */
    delay(milliseconds: number): void {
      delayMs = milliseconds;
    },
    behave(): void {
      refusal = null;
      delayMs = 0;
    },
    isRunning: () => server.server.listening,
    stop: () => new Promise<void>((resolve) => server.close(() => resolve())),
    async start(): Promise<void> {
      server = open();
      await listen(server.server, port);
    },
  };
}

function receivedFrom({ to, subject = "", text = "" }: Awaited<ReturnType<typeof simpleParser>>) {
  const [address] = [to].flat();
  return {
    to: address?.text ?? "",
    subject,
    text,
    path: /https:\/\/[^/]+(\/\S+token=\S+)/.exec(text)?.[1] ?? "",
    code: /^\d{6}$/m.exec(text)?.[0] ?? "",
  };
}
