import type { Visit } from "./visit.ts";

/** When the house cannot answer now, this is soon enough to ask again. */
const RETRY_AFTER_SECONDS = 5;

/** The answer with what the visit adds to it: cookies, cache rules, Retry-After; for JSON clients a bare reason or options. */
export function finishVisit(visit: Visit, response: Response): Response {
  const answer = asJson(visit, response) ?? copyOf(response);
  for (const cookie of visit.cookies) answer.headers.append("Set-Cookie", cookie);
  if (visit.asked || visit.cookies.length > 0) {
    answer.headers.set("Cache-Control", "private, no-store");
    answer.headers.append("Vary", "Cookie");
  }
  const wait = retryAfterOf(visit, response.status);
  if (wait) answer.headers.set("Retry-After", String(wait));
  return answer;
}

/** Whether the client asks for JSON and could do nothing with a page. */
export function readsOnlyJson(request: Request): boolean {
  const accept = request.headers.get("Accept") ?? "";
  return accept.includes("application/json") && !accept.includes("text/html");
}

/** A response a route merely passed on has headers nobody may change. */
export function copyOf({ body, status, statusText, headers }: Response): Response {
  return new Response(body, { status, statusText, headers: new Headers(headers) });
}

function asJson({ request, refusal, options }: Visit, { status }: Response): Response | null {
  if (!readsOnlyJson(request)) return null;
  if (refusal && status >= 400) return Response.json({ reason: refusal.reason }, { status });
  return options ? Response.json(options) : null;
}

function retryAfterOf({ refusal }: Visit, status: number): number | undefined {
  if (status === 429) return refusal?.retryAfterSeconds ?? RETRY_AFTER_SECONDS;
  return status === 503 ? (refusal?.retryAfterSeconds ?? RETRY_AFTER_SECONDS) : undefined;
}
