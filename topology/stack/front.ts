import type { ServerResponse } from "node:http";
import { type ClientRequest, Agent as HttpAgent, type IncomingMessage, request } from "node:http";
import { createServer } from "node:https";
import { listen } from "./ports.ts";

/** Says, in a request, which address the client has; in no other way could a test have more than one. */
export const CLIENT_HEADER = "x-test-client";
/** Names, in a request, the node that must answer it; in an answer, the node that did. */
export const NODE_HEADER = "x-test-node";

interface Certificate {
  key: string;
  cert: string;
}

/** Ends TLS and hands requests to the nodes in turn, as the one trusted proxy. */
export async function startFront(certificate: Certificate, nodePorts: number[], port: number) {
  // A connection kept alive may be closed by the node in the moment it is used again, which is no node's fault.
  const agent = new HttpAgent({ keepAlive: false });
  let turn = 0;

  const server = createServer({ ...certificate, keepAliveTimeout: 120_000 }, (incoming, answer) => {
    const named = incoming.headers[NODE_HEADER];
    const node = named === undefined ? turn++ % nodePorts.length : Number(named);
    const onward = request({
      agent,
      host: "127.0.0.1",
      port: nodePorts[node],
      method: incoming.method,
      path: incoming.url,
      headers: headersFor(incoming),
    });
    onward.on("response", (response) => passBack(response, answer, node));
    onward.on("error", () => giveUp(answer, node));
    answer.on("close", () => onward.destroy());
    incoming.pipe(onward);
    sendAtOnce(onward);
  });
  // A held-back request must not be cut off while it waits for the others.
  server.requestTimeout = 0;
  await listen(server, port);
  return { close: () => server.closeAllConnections() };
}

function headersFor(incoming: IncomingMessage) {
  const { [CLIENT_HEADER]: client, [NODE_HEADER]: _, ...headers } = incoming.headers;
  const before = headers["x-forwarded-for"];
  return {
    ...headers,
    "x-forwarded-for": [before, client ?? "unknown"].filter(Boolean).join(", "),
  };
}

/** The node sees the head of a request although its body is not complete. */
function sendAtOnce(onward: ClientRequest): void {
  onward.setNoDelay(true);
  onward.flushHeaders();
}

function passBack(response: IncomingMessage, answer: ServerResponse, node: number): void {
  answer.writeHead(response.statusCode ?? 502, { ...response.headers, [NODE_HEADER]: node });
  response.on("error", () => answer.destroy());
  response.pipe(answer);
}

/** The node is gone: this front's own answer, and no node's. */
function giveUp(answer: ServerResponse, node: number): void {
  if (answer.headersSent) return void answer.destroy();
  answer.writeHead(502, { [NODE_HEADER]: `${node} is gone` });
  answer.end();
}
