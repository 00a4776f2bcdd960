import fc from "fast-check";
import {
  COOKIES,
  EMAILS,
  HEADER_NAMES,
  HEADER_VALUES,
  PATHS,
  REDIRECTS,
  TEXTS,
} from "./fuzz-dictionary.ts";

/** Every page of the site with the fields of its form. */
const FORMS: Record<string, string[]> = {
  "/": [],
  "/public": [],
  "/login": ["email", "password", "remember", "returnTo"],
  "/register": ["email", "password"],
  "/verify-email": ["intent", "password", "code"],
  "/forgot-password": ["email"],
  "/reset-password": ["password"],
  "/login/second-factor": ["intent", "code", "response", "trustDevice"],
  "/login/passkey": ["intent", "email", "response"],
  "/register/passkey": ["intent", "email", "response"],
  "/settings/passkeys": ["intent", "id", "name", "response"],
  "/login/email-code": ["intent", "email", "code"],
  "/step-up": ["intent", "password", "code", "response", "returnTo"],
  "/settings/two-factor": ["intent", "code"],
  "/settings/backup-codes": ["intent"],
  "/settings/trusted-devices": ["intent", "id"],
  "/login/magic-link": ["intent", "email", "returnTo"],
  "/settings/email": ["intent", "email"],
  "/settings/email/confirm": ["intent"],
  "/settings/email/cancel": ["intent"],
  "/not-me": ["intent"],
  "/settings/password": ["intent", "currentPassword", "newPassword"],
  "/settings/sessions": ["intent", "id"],
  "/secret": [],
  "/unsaid": [],
  "/resource": [],
  "/deep/er": [],
  "/fresh": [],
  "/strong": [],
};

/** Few networks, so that limits are met and not too many passwords are hashed. */
const NETWORKS = ["203.0.113.1", "203.0.113.2", "2001:db8::1"];

/** No client of ours can send TRACE or CONNECT. */
const METHODS = ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND", "QUERY", "get"];

const FORM_TYPE = "application/x-www-form-urlencoded";
const TYPES = [
  "application/x-www-form-urlencoded;charset=UTF-8",
  "application/x-www-form-urlencoded;charset=utf-16",
  "multipart/form-data; boundary=x",
  "application/json",
  "text/plain",
  "text/x-script",
  "x",
];

export interface Asked {
  method: string;
  path: string;
  headers: Pairs;
  cookies: Pairs;
  body: string | null;
}

const INTENTS = [
  ...["revoke", "revoke-others", "confirm", "code", "resend", "request", "enroll", "disable"],
  ...["totp", "backup-code", "email-code", "request-email-code", "forget", "__proto__"],
  ...["cancel", "set"],
];

/** One request, mostly well-formed with something wrong in it; `held` are the names of what the asker holds. */
export function requests(held: string[]): fc.Arbitrary<Asked> {
  return fc.constantFrom(...Object.entries(FORMS)).chain(([page, names]) =>
    fc.record({
      method: often(fc.constant("POST"), fc.constantFrom(...METHODS)),
      path: fc
        .tuple(often(fc.constant(asItIs), fc.constantFrom(...PATHS)), query())
        .map(([spell, more]) => spell(page) + more),
      headers: fc
        .tuple(base(), often(nothing, rarely(header(), 3)))
        .map(([some, more]) => [...some, ...more]),
      cookies: fc
        .tuple(
          often(fc.constant<Pairs>(held.map(honestly)), nothing),
          often(nothing, rarely(cookie(held), 3)),
        )
        .map(([some, more]) => [...more, ...some]),
      body: fc.oneof({ weight: 6, arbitrary: form(names) }, { weight: 1, arbitrary: junk() }),
    }),
  );
}

type Pairs = [name: string, value: string][];

const nothing: fc.Arbitrary<Pairs> = fc.constant([]);
const asItIs = (path: string) => path;

/** What somebody holds, under the name that it has. */
const honestly = (name: string): [string, string] => [name.split(" ")[0] as string, name];

function query(): fc.Arbitrary<string> {
  const value = fc.constantFrom(...REDIRECTS, ...TEXTS.filter((text) => text.length < 2000));
  const named = fc
    .tuple(fc.constantFrom("token", "returnTo", "refused", "_method"), value)
    .map(([name, text]) => `?${name}=${encodeURIComponent(text.toWellFormed())}`);
  return often(fc.constant(""), named);
}

function base(): fc.Arbitrary<Pairs> {
  return fc
    .record({
      ip: fc.constantFrom(...NETWORKS),
      type: often(fc.constant(FORM_TYPE), fc.constantFrom(...TYPES)),
    })
    .map(({ ip, type }) => [
      ["X-Forwarded-For", ip],
      ["Sec-Fetch-Site", "same-origin"],
      ["Accept", "text/html"],
      ["Content-Type", type],
    ]);
}

function header(): fc.Arbitrary<[string, string]> {
  return fc.tuple(fc.constantFrom(...HEADER_NAMES), fc.constantFrom(...HEADER_VALUES));
}

function cookie(held: string[]): fc.Arbitrary<[string, string]> {
  const name = fc.constantFrom("__Host-session", "__Host-login", "__Host-flow", "session", "x");
  return fc.tuple(name, fc.constantFrom(...COOKIES, ...held));
}

function form(names: string[]): fc.Arbitrary<string> {
  const pairs = names.map((name) =>
    fc.tuple(often(fc.constant(name), fieldName()), valueFor(name)),
  );
  const extra = rarely(fc.tuple(fieldName(), fc.constantFrom(...TEXTS)), 2);
  return fc
    .tuple(fc.tuple(...pairs), often(nothing, extra))
    .map(([known, more]) => new URLSearchParams([...known, ...more]).toString());
}

function fieldName(): fc.Arbitrary<string> {
  return fc.constantFrom(
    "email",
    "email[]",
    "__proto__",
    "constructor",
    "id",
    "emailVerifiedAt",
    "",
  );
}

function valueFor(name: string): fc.Arbitrary<string> {
  const fitting = { email: EMAILS, returnTo: REDIRECTS, intent: INTENTS }[name] ?? TEXTS;
  return often(fc.constantFrom(...fitting), fc.constantFrom(...EMAILS, ...TEXTS, ...REDIRECTS));
}

function junk(): fc.Arbitrary<string> {
  return fc.oneof(
    fc.string({ unit: "binary", maxLength: 200 }),
    fc.constantFrom("%", "%ff%fe", "a=%ed%a0%80", "&&&===", "{}", "[", "--x\r\n\r\n--x--", "\0"),
    fc.json({ maxDepth: 2 }),
  );
}

function often<T>(usual: fc.Arbitrary<T>, other: fc.Arbitrary<T>): fc.Arbitrary<T> {
  return fc.oneof({ weight: 5, arbitrary: usual }, { weight: 1, arbitrary: other });
}

function rarely<T>(what: fc.Arbitrary<T>, maxLength: number): fc.Arbitrary<T[]> {
  return fc.array(what, { maxLength, size: "max" });
}
