import { AuthError } from "./errors.ts";
import type { MailConfig } from "./features/outbox/delivery.ts";

/** What the environment must bring, checked before the first request. */
export interface Environment {
  /** At least 32 bytes; `new,old` while rotating. */
  secret: string | undefined;
  /** Where the app is reached, e.g. `https://app.example.com`. Links and cookies come from it, never from a request. */
  origin: string | undefined;
  /** How many proxies of yours stand in front, each adding to X-Forwarded-For. */
  trustedProxyHops?: number;
  /** Lets a production build run on http://localhost, with cookies that any local program can read. For demos. */
  allowInsecureCookiesOnLocalhost?: boolean;
}

const MIN_SECRET_BYTES = 32;

/** The secrets newest first and the origin; an `AuthError` that says what to do when anything is missing or weak. */
export function checkEnvironment(environment: Environment, mail: MailConfig) {
  const production = process.env.NODE_ENV === "production";
  const secrets = checkSecrets(environment.secret);
  const origin = checkOrigin(environment.origin);
  const relaxed = environment.allowInsecureCookiesOnLocalhost === true && isLocalhost(origin);
  if (origin.protocol === "http:" && production && !relaxed) {
    refuse(
      `APP_ORIGIN is ${origin.origin}: over plain http anybody on the way can take a session. ` +
        "Set it to the https:// address that people type.",
    );
  }
  if (origin.protocol === "http:" && !isLocalhost(origin)) {
    refuse(`APP_ORIGIN is ${origin.origin}: plain http is for localhost alone. Use https.`);
  }
  if (production && !relaxed && mail.transport.developmentOnly) {
    refuse(
      "The development mailbox would show every reset link to anybody. " +
        "Set SMTP_URL, e.g. smtps://user:password@smtp.example.com:465.",
    );
  }
  return {
    secrets,
    origin: origin.origin,
    trustedProxyHops: checkHops(environment.trustedProxyHops),
  };
}

function checkSecrets(value: string | undefined): [string, ...string[]] {
  const advice =
    'Make one with `openssl rand -base64 32` and set it in the environment or in ".env".';
  if (!value)
    return refuse(`AUTH_SECRET is missing, and nothing can be signed without it. ${advice}`);
  const secrets = value.split(",").map((secret) => secret.trim());
  if (secrets.some((secret) => Buffer.byteLength(secret) < MIN_SECRET_BYTES)) {
    refuse(
      `AUTH_SECRET has a part shorter than ${MIN_SECRET_BYTES} bytes, which can be guessed. ${advice}`,
    );
  }
  if (
    secrets.some(
      (secret) => new Set(secret).size < 8 || /change.?me|example|secret.?secret/i.test(secret),
    )
  ) {
    refuse(`AUTH_SECRET looks like an example, and examples are known to everybody. ${advice}`);
  }
  if (new Set(secrets).size !== secrets.length) {
    refuse(`AUTH_SECRET names the same secret twice, so nothing would be rotated. ${advice}`);
  }
  return secrets as [string, ...string[]];
}

function checkOrigin(value: string | undefined): URL {
  const advice = "Set it to scheme, host and port alone, e.g. https://app.example.com.";
  if (!value)
    return refuse(`APP_ORIGIN is missing, so links in mails could lead nowhere safe. ${advice}`);
  if (!URL.canParse(value)) return refuse(`APP_ORIGIN is not a URL. ${advice}`);
  const url = new URL(value);
  const bare = url.pathname === "/" && !url.search && !url.hash && !url.username && !url.password;
  if (!/^https?:$/.test(url.protocol) || !bare)
    return refuse(`APP_ORIGIN is more than an origin. ${advice}`);
  return url;
}

function checkHops(value = 0): number {
  if (Number.isInteger(value) && value >= 0 && value <= 10) return value;
  return refuse(
    "TRUSTED_PROXY_HOPS is not a whole number from 0 to 10, so client addresses could be forged. " +
      "Set it to the number of proxies of yours that add to X-Forwarded-For.",
  );
}

function isLocalhost({ hostname }: URL): boolean {
  return ["localhost", "127.0.0.1", "[::1]"].includes(hostname);
}

function refuse(message: string): never {
  throw new AuthError("ERR_AUTH_CONFIG_INVALID", message);
}
