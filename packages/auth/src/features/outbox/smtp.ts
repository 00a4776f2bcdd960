import type { MailTransport } from "./mails.ts";

/** Sends through an SMTP server, `smtps://user:password@host:port`. */
export function smtp(url: string): MailTransport {
  let transporter: Promise<import("nodemailer").Transporter> | undefined;
  return {
    async send({ from, to, subject, text, html }) {
      transporter ??= open(url);
      await (await transporter).sendMail({
        from,
        // As an object the address is taken as it is, never parsed as a list.
        to: { name: "", address: to },
        subject,
        text,
        html,
        headers: { "Auto-Submitted": "auto-generated" },
        disableFileAccess: true,
        disableUrlAccess: true,
      });
    },
  };
}

async function open(url: string) {
  // Loaded with the first mail: an app that sends in another way never pays for it.
  const nodemailer = await import("nodemailer");
  const timeouts = { connectionTimeout: 10_000, greetingTimeout: 10_000, socketTimeout: 30_000 };
  return nodemailer.createTransport({ url, pool: true, ...timeouts });
}
