import type { MailKind } from "../src/features/outbox/mails.ts";
import type { Browser } from "./browser.ts";
import type { openHouse } from "./house.ts";
import * as schema from "./schema.ts";

export const PASSWORD = "correct horse battery staple";

type House = Awaited<ReturnType<typeof openHouse>>;

let count = 0;

/** An address nobody had before. */
export function newAddress(name = "ada"): string {
  count += 1;
  return `${name}${count}@example.com`;
}

/** Registers, reads the mail and types the code: signed in, verified. */
export async function register(
  house: House,
  visitor: Browser,
  email = newAddress(),
): Promise<string> {
  await visitor.post("/register", { email, password: PASSWORD });
  const { code } = await lastMail(house, email);
  const verified = await visitor.post("/verify-email", { intent: "code", code });
  if (verified.status !== 302) throw new Error(`not verified: ${await verified.text()}`);
  return email;
}

export function login(visitor: Browser, email: string, more: Record<string, string> = {}) {
  return visitor.post("/login", { email, password: PASSWORD, ...more });
}

/** The newest mail to this address, or the newest of a kind: the path of its link and its code. */
export async function lastMail(house: House, to: string, kind?: MailKind) {
  const mails = (await house.outbox()).filter((message) => message.to === to);
  const mail = mails.find(({ subject }) => !kind || subject === kind);
  const text = mail?.text ?? "";
  const url = /^https:\/\/app\.test(\S+token=\S+)$/m.exec(text)?.[1] ?? "";
  return { kind: mail?.subject ?? "none", path: url, code: /^\d{6}$/m.exec(text)?.[0] ?? "" };
}

export async function userByEmail(house: House, email: string) {
  const rows = await house.core.db
    .select({ user: schema.users })
    .from(schema.users)
    .where(undefined);
  const found = rows.find(({ user }) => user.email === email);
  if (!found) throw new Error(`no user ${email}`);
  return found.user;
}

/** A user who came here by no route: verified, without a password. */
export async function newUser(house: House, email = newAddress("user")) {
  const row = { email, emailVerifiedAt: house.core.now } as never;
  await house.core.db.insert(schema.users).values(row);
  return userByEmail(house, email);
}
