import type { MiddlewareFunction } from "react-router";
import { copyOf } from "./answer.ts";
import { type Visit, visitOf } from "./visit.ts";

/**
 * Middleware for the root route, before `auth.middleware` so that its refusals have them too: the headers that keep
 * pages from being framed, sniffed or scripted from outside (OWASP HTTP Headers Cheat Sheet). A route that set one of
 * them itself keeps its own. What may load is limited on pages that were rendered with `auth.nonce`.
 */
export function securityHeaders(origin: string): MiddlewareFunction<Response> {
  const fixed: Record<string, string> = {
    "X-Content-Type-Options": "nosniff",
    // Not "no-referrer": with it browsers send `Origin: null` on form posts, which no origin check can accept.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "publickey-credentials-get=(self), publickey-credentials-create=(self)",
  };
  if (origin.startsWith("https:")) {
    fixed["Strict-Transport-Security"] = "max-age=31536000";
  }
  return async (args, next) => {
    const answer = copyOf(await next());
    const visit = visitOf(args);
    const policy = { "Content-Security-Policy": contentSecurityPolicy(visit) };
    for (const [name, value] of Object.entries({ ...fixed, ...policy })) {
      if (!answer.headers.has(name)) answer.headers.set(name, value);
    }
    return answer;
  };
}

function contentSecurityPolicy(visit: Visit): string {
  return [...(visit.nonceTaken ? ownSources(visit.nonce) : []), ...ALWAYS].join("; ");
}

const ALWAYS = [
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
];

/** React Router's own scripts stand in the page, so they need the nonce. */
function ownSources(nonce: string): string[] {
  // Vite's development server puts styles inline and reloads over a web socket.
  const developing = process.env.NODE_ENV === "development";
  return [
    "default-src 'self'",
    `script-src 'self' 'nonce-${nonce}'`,
    developing ? "style-src 'self' 'unsafe-inline'" : "style-src 'self'",
    "img-src 'self' data:",
    developing ? "connect-src 'self' ws:" : "connect-src 'self'",
  ];
}
