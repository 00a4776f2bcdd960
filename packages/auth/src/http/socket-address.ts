import { AsyncLocalStorage } from "node:async_hooks";
import { subscribe } from "node:diagnostics_channel";
import type { IncomingMessage } from "node:http";

const addresses = new AsyncLocalStorage<string | null>();

// Node publishes this inside the parser's callback, right before the server's "request" event, and
// every such callback has an async context of its own: `enterWith` reaches this request's work, and
// only that.
subscribe("http.server.request.start", (message) => {
  const { request } = message as { request: IncomingMessage };
  addresses.enterWith(request.socket.remoteAddress ?? null);
});

/**
 * The remote address of the connection the current Node request came in on, whatever server handles
 * it; null outside of a request (a bare `req.on("end")` listener is outside), on a Unix socket,
 * under HTTP/2, and for a request that began before this module was loaded.
 */
export function socketAddress(): string | null {
  return addresses.getStore() ?? null;
}
