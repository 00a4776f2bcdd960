import { randomBytes } from "node:crypto";
import { setTimeout } from "node:timers/promises";
import type { ReceivedMail } from "../stack/smtp.ts";
import { stack } from "../stack/stack.ts";
import { keepSecret } from "./invariants.ts";
import { type Answer, type Held, newVisitor, type Visitor, type Way } from "./visitor.ts";

const MAIL_PATIENCE_MS = 30_000;

/** Somebody with an account. The name is on their settings page and nowhere else, so it tells a protected byte. */
export interface Person {
  email: string;
  password: string;
  name: string;
  visitor: Visitor;
}

/** Who nobody was before; not registered yet. */
export function newPerson(way: Way = {}): Person {
  const id = randomBytes(6).toString("hex");
  const password = newPassword();
  return { email: `ada.${id}@example.com`, password, name: `Ada ${id}`, visitor: newVisitor(way) };
}

/** Good enough for the policy, and a canary: it must be nowhere in clear. */
export function newPassword(): string {
  return keepSecret(`velvet otter ${randomBytes(8).toString("hex")}`);
}

export function register({ visitor, email, password, name }: Person) {
  return visitor.post("/register", { email, password, name });
}

/** Busy is no answer: whoever is told to come back does. */
export async function patiently(ask: () => Promise<Answer>, tries = 10): Promise<Answer> {
  const answer = await ask();
  if (answer.status !== 503 || tries === 1) return answer;
  await setTimeout(1_000);
  return patiently(ask, tries - 1);
}

/** Registered, and the mail is there. */
export async function newRegistrant(way: Way = {}): Promise<Person & { mail: ReceivedMail }> {
  const person = newPerson(way);
  const { status } = await patiently(() => register(person));
  if (status !== 302) throw new Error(`${person.email} could not register: ${status}`);
  return { ...person, mail: await mailTo(person.email, /^Confirm/) };
}

/** Registered, verified, signed in. */
export async function newMember(way: Way = {}): Promise<Person> {
  const person = await newRegistrant(way);
  const form = { intent: "code", code: person.mail.code };
  const { status } = await patiently(() => person.visitor.post("/verify-email", form));
  if (!person.visitor.isSignedIn()) throw new Error(`${person.email} is not verified: ${status}`);
  return person;
}

/** A new browser of the same person, signed in. */
export async function loginOf(person: Person, way: Way = {}): Promise<Visitor> {
  const visitor = newVisitor(way);
  const answer = await patiently(() => login(visitor, person));
  if (!visitor.isSignedIn()) throw new Error(`${person.email} is not let in: ${answer.status}`);
  keepSecret(visitor.jar.get("__Host-session") as string);
  return visitor;
}

export function login(visitor: Visitor, { email, password }: Person, held?: Held) {
  return visitor.post("/login", { email, password }, held);
}

/** Has opened the reset link, and owes the new password. */
export async function openResetLink({ email }: Person, way: Way = {}): Promise<Visitor> {
  const visitor = newVisitor(way);
  const after = stack.smtp.mails.length;
  await patiently(() => visitor.post("/forgot-password", { email }));
  await visitor.get((await mailTo(email, /^Set a new password/, after)).path);
  return visitor;
}

/** A mail of this kind to this address, waited for; the mail server had `after` mails before. */
export async function mailTo(email: string, subject: RegExp, after = 0): Promise<ReceivedMail> {
  const ends = Date.now() + MAIL_PATIENCE_MS;
  const isIt = (one: ReceivedMail) => one.to === email && subject.test(one.subject);
  while (Date.now() < ends) {
    const mail = stack.smtp.mails.slice(after).find(isIt);
    if (mail) return noted(mail);
    await setTimeout(10);
  }
  throw new Error(`No mail ${subject} to ${email} arrived.`);
}

function noted(mail: ReceivedMail): ReceivedMail {
  if (mail.code) keepSecret(mail.code);
  const token = /token=(.+)$/.exec(mail.path)?.[1];
  if (token) keepSecret(token);
  return mail;
}

/** Where the visitor stands: on their settings page with their name, sent to the login, or told to wait. */
export async function seenBy(visitor: Visitor, { name }: Pick<Person, "name">): Promise<string> {
  const { status, location, body } = await visitor.get("/settings");
  if (status === 200) return body.includes(name) ? "in" : "in, as somebody else";
  if (body.includes(name)) return `${status} with a protected byte`;
  return location?.startsWith("/login") ? "out" : String(status);
}
