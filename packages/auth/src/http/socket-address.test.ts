import { readFile } from "node:fs/promises";
import { Agent, createServer, type RequestListener, request } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { text } from "node:stream/consumers";
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hideQueryFromLogs, socketAddress } from "./socket-address.ts";

const ADDRESSES = ["127.0.0.1", "127.0.0.2", "127.0.0.3"];

/** Answers with every address it saw on its way through the kinds of waiting that a real handler does. */
const listener: RequestListener = async (incoming, response) => {
  const seen = [socketAddress()];
  await wait(Math.random() * 5);
  seen.push(socketAddress());
  await readFile(new URL(import.meta.url));
  seen.push(socketAddress());
  await text(incoming);
  seen.push(socketAddress());
  await new Promise((resolve) => queueMicrotask(() => setImmediate(resolve)));
  seen.push(socketAddress());
  response.end(JSON.stringify(seen));
};

const server = createServer(listener);
const agents = ADDRESSES.flatMap((localAddress) => [
  { localAddress, agent: new Agent({ keepAlive: true, maxSockets: 4, localAddress }) },
  { localAddress, agent: new Agent({ keepAlive: false, maxSockets: 4, localAddress }) },
]);
let outside: ReturnType<typeof setInterval>;
const seenOutside = new Set<string | null>();

beforeAll(async () => {
  outside = setInterval(() => seenOutside.add(socketAddress()), 1);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
afterAll(() => {
  clearInterval(outside);
  for (const { agent } of agents) agent.destroy();
  server.closeAllConnections();
  server.close();
});

const port = () => (server.address() as AddressInfo).port;

function ask(agent: Agent): Promise<string[]> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      { host: "127.0.0.1", port: port(), method: "POST", agent },
      async (response) => resolve(JSON.parse(await text(response))),
    );
    outgoing.on("error", reject);
    outgoing.write("first");
    setTimeout(() => outgoing.end("last"), Math.random() * 5);
  });
}

// Only Linux has all of 127.0.0.0/8 on its loopback device.
describe.skipIf(process.platform !== "linux")("the socket address", () => {
  it("R28 is the connection's own, for many requests at once on kept-alive and on new connections", async () => {
    const rounds = Array.from({ length: 600 }, (_, round) => agents[round % agents.length]!);
    const answers = await Promise.all(rounds.map(({ agent }) => ask(agent)));
    expect(answers).toEqual(rounds.map(({ localAddress }) => Array(5).fill(localAddress)));
  });

  it("R28 is right for requests that were sent one behind the other without waiting", async () => {
    const socket = connect({ port: port(), host: "127.0.0.1", localAddress: "127.0.0.2" });
    socket.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n".repeat(4));
    socket.write("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    const answers = await text(socket);
    expect(answers.match(/127\.0\.0\.\d|null/g)).toEqual(Array(25).fill("127.0.0.2"));
  });

  it("R28 belongs to requests: work of nobody's request sees none, also while requests run", () => {
    expect(socketAddress()).toBeNull();
    expect([...seenOutside]).toEqual([null]);
  });
});

describe("R76 the query of a request that must not be logged", () => {
  /** The URLs that access loggers would write down for this request, on a bare server and under Express. */
  function logged(path: string): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const express: RequestListener = (incoming: Parameters<RequestListener>[0], response) => {
        const original = { originalUrl: incoming.url };
        if (incoming.headers["x-express"]) Object.assign(incoming, original, { url: "/mounted?a" });
        hideQueryFromLogs();
        response.end(
          JSON.stringify([incoming.url, "originalUrl" in incoming && incoming.originalUrl]),
        );
      };
      const own = createServer(express).listen(0, "127.0.0.1", async () => {
        const home = `http://127.0.0.1:${(own.address() as AddressInfo).port}`;
        try {
          const bare = await fetch(home + path);
          const mounted = await fetch(home + path, { headers: { "X-Express": "yes" } });
          resolve([await bare.json(), await mounted.json()]);
        } catch (error) {
          reject(error);
        }
        own.close();
      });
    });
  }

  it("is taken off both URLs that loggers read", async () => {
    expect(await logged("/reset?token=secret?really")).toEqual([
      ["/reset", false],
      ["/reset", "/reset"],
    ]);
    expect(await logged("/reset")).toEqual([
      ["/reset", false],
      ["/reset", "/reset"],
    ]);
  });

  it("is nobody's business outside of a request", () => {
    expect(() => hideQueryFromLogs()).not.toThrow();
  });
});
