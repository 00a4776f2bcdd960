import { AsyncLocalStorage } from "node:async_hooks";
import { subscribe } from "node:diagnostics_channel";
import type { IncomingMessage } from "node:http";

/** Express keeps the URL that came in under a name of its own, and its loggers read it there. */
type Incoming = IncomingMessage & { originalUrl?: string | undefined };

const incoming = new AsyncLocalStorage<Incoming>();

// Node publishes this inside the parser's callback, right before the server's "request" event, and
// every such callback has an async context of its own: `enterWith` reaches this request's work, and
// only that.
subscribe("http.server.request.start", (message) => {
  incoming.enterWith((message as { request: Incoming }).request);
});

/**
 * The remote address of the connection the current Node request came in on, whatever server handles
 * it; null outside of a request (a bare `req.on("end")` listener is outside), on a Unix socket,
 * under HTTP/2, and for a request that began before this module was loaded.
 */
export function socketAddress(): string | null {
  return incoming.getStore()?.socket.remoteAddress ?? null;
}

/** Takes the query off the current request for whoever writes down its URL when it is answered, as access logs do. */
export function hideQueryFromLogs(): void {
  const request = incoming.getStore();
  if (!request) return;
  const path = (request.originalUrl ?? request.url)?.replace(/\?.*/, "");
  request.url = path;
  if (request.originalUrl !== undefined) request.originalUrl = path;
}
