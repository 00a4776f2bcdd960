import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { Agent, request } from "node:https";
import { CLIENT_HEADER, NODE_HEADER } from "../stack/front.ts";
import { stack } from "../stack/stack.ts";

const agent = new Agent({ ca: stack.ca, keepAlive: true, maxSockets: 200 });

/** An answer with its body read. */
export interface Answer {
  status: number;
  location: string | null;
  retryAfter: string | null;
  body: string;
  /** The node that answered; "1 is gone" when the front had to answer for it. */
  node: string;
  milliseconds: number;
}

export interface Held {
  /** Waited for before the last byte of the body leaves. */
  release(): Promise<void>;
}

interface Sending extends Partial<Held> {
  fields?: Record<string, string>;
}

/** Where requests go: to whichever node is next, unless one is named; through the usual front, unless another is named. */
export interface Way {
  node?: number;
  front?: string;
}

/** A browser with an address of its own: keeps cookies, follows no redirect by itself. */
export interface Visitor {
  jar: Map<string, string>;
  isSignedIn(): boolean;
  get(path: string): Promise<Answer>;
  post(path: string, fields?: Record<string, string>, held?: Held): Promise<Answer>;
  /** The same cookies in another network, maybe at another node. */
  twin(way?: Way): Visitor;
}

export function newVisitor({ node, front = stack.origin }: Way = {}): Visitor {
  const jar = new Map<string, string>();
  const ip = `10.${randomBytes(3).join(".")}`;

  async function send(path: string, { fields, release }: Sending = {}): Promise<Answer> {
    const started = performance.now();
    const body = fields && new URLSearchParams(fields).toString();
    const sent = request(front + path, {
      agent,
      method: body === undefined ? "GET" : "POST",
      headers: {
        Accept: "text/html",
        Cookie: [...jar].map(([name, value]) => `${name}=${value}`).join("; "),
        "Sec-Fetch-Site": "same-origin",
        "User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0",
        [CLIENT_HEADER]: ip,
        ...(node !== undefined && { [NODE_HEADER]: String(node) }),
        ...(body !== undefined && {
          "Content-Type": "application/x-www-form-urlencoded",
          "Content-Length": Buffer.byteLength(body),
        }),
      },
    });
    const responding = once(sent, "response");
    if (body && release) {
      sent.write(body.slice(0, -1));
      await release();
    }
    sent.end(body && release ? body.slice(-1) : body);
    const [response] = await responding;
    for (const line of response.headers["set-cookie"] ?? []) keep(line);
    return {
      status: response.statusCode,
      location: response.headers.location ?? null,
      retryAfter: response.headers["retry-after"] ?? null,
      body: (await response.setEncoding("utf8").toArray()).join(""),
      node: response.headers[NODE_HEADER] ?? "none",
      milliseconds: performance.now() - started,
    };
  }

  function keep(line: string): void {
    const [pair = "", ...attributes] = line.split("; ");
    const name = pair.slice(0, pair.indexOf("="));
    if (attributes.includes("Max-Age=0")) jar.delete(name);
    else jar.set(name, pair.slice(name.length + 1));
  }

  return {
    jar,
    isSignedIn: () => jar.has("__Host-session"),
    get: (path) => send(path),
    post: (path, fields = {}, held) => send(path, { fields, ...held }),
    twin(way = { front }) {
      const twin = newVisitor(way);
      for (const [name, value] of jar) twin.jar.set(name, value);
      return twin;
    },
  };
}
