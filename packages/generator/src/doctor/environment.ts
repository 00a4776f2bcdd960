import { gitignoreCovers } from "../edits/env.ts";
import { featureOf } from "../features/catalog.ts";
import { advice, type Check, error } from "./finding.ts";

/** What the app needs from its environment is in `.env`, and long enough. */
export const settings: Check = ({ lock, read }) => {
  const values = valuesIn(read(".env") ?? "");
  const needed = lock.features.flatMap((id) => featureOf(id)?.env ?? []);
  const missing = needed.filter(({ key, value }) => value !== null && !values.get(key));
  const secret = values.get("AUTH_SECRET");
  const weak = secret?.split(",").some((part) => Buffer.byteLength(part.trim()) < 32);
  return [
    ...missing.map(({ key, comment }) =>
      error(
        "env",
        `${key} is not in .env. ${comment}`,
        "Add it, or delete the .env entries from the lock and run npx auth-rr update.",
      ),
    ),
    ...(weak
      ? [error("secret", "AUTH_SECRET is shorter than 32 bytes.", "openssl rand -base64 32")]
      : []),
  ];
};

/** Secrets that are committed are secrets no more. */
export const ignored: Check = ({ project, read }) => {
  if (!project.git || gitignoreCovers(read(".gitignore"), ".env")) return [];
  return [
    error(
      "gitignore",
      ".env is not ignored by git, and secrets stand in it.",
      "Add .env to .gitignore.",
    ),
  ];
};

export const origin: Check = ({ read }) => {
  const value = valuesIn(read(".env") ?? "").get("APP_ORIGIN");
  if (!value) return [];
  if (!URL.canParse(value) || new URL(value).origin !== value.replace(/\/$/, "")) {
    return [
      error(
        "origin",
        `APP_ORIGIN=${value} is no origin.`,
        "Scheme, host and port alone: http://localhost:5173",
      ),
    ];
  }
  if (/^(127\.|\[::1\])/.test(new URL(value).host)) {
    return [
      advice(
        "origin",
        "APP_ORIGIN is an IP address, and passkeys work with names alone.",
        "Use localhost.",
      ),
    ];
  }
  return [];
};

export const mailer: Check = ({ read }) => {
  if (valuesIn(read(".env") ?? "").get("SMTP_URL")) return [];
  return [
    advice(
      "mailer",
      "SMTP_URL is not set: mail is kept at /dev/mailbox, and a production build refuses to start.",
      "Set SMTP_URL where the app runs in production, e.g. smtps://user:password@smtp.example.com:465.",
    ),
  ];
};

/** The lines of a `.env` that set something. */
export function valuesIn(text: string): Map<string, string> {
  const lines = text.matchAll(/^\s*(?:export\s+)?([A-Z0-9_]+)\s*=\s*["']?(.*?)["']?\s*$/gm);
  return new Map([...lines].map(([, key = "", value = ""]) => [key, value]));
}
