import { randomBytes, randomUUID } from "node:crypto";
import { days, hours, minutes } from "../duration.ts";
import type { SessionLimits } from "../features/sessions/limits.ts";
import { PURPOSES, type TokenPurpose } from "../features/tokens/purposes.ts";
import { clientIp, ipNetwork } from "../http/client-ip.ts";
import { clearCookie, cookieName, readCookie, setCookie } from "../http/cookies.ts";
import { cleanUserAgent, deviceLabel } from "../http/device.ts";
import { socketAddress } from "../http/socket-address.ts";
import type { Visitor } from "../visitor.ts";

export interface VisitorConfig {
  origin: string;
  trustedProxyHops: number;
  sessionLimits: SessionLimits;
}

/** Between opening a mailed link and pressing its button. */
const LINK_IN_TRANSIT = minutes(30);

/** As long as the mail that a flow waits for is good. */
const FLOW = hours(24);

/** A cookie may outlive its row in the database: what it is worth is decided there. */
const DEVICE = days(30);

/**
 * Reads the visitor off a request, most of it when asked for: few requests want more than their session.
 * Collects the cookies the answer must set, the last of each name.
 */
export function readVisitor(config: VisitorConfig, request: Request) {
  const secure = config.origin.startsWith("https:");
  const header = request.headers.get("Cookie");
  const jar = new Map<string, string>();
  const read = (name: string) => readCookie(header, cookieName(name, secure));
  const give = (name: string, value: string, maxAgeSeconds?: number) =>
    jar.set(name, setCookie({ name, value, secure, ...(maxAgeSeconds && { maxAgeSeconds }) }));
  const drop = (name: string) => jar.set(name, clearCookie({ name, secure }));

  const flow = once(() => new URLSearchParams(read("flow") ?? ""));
  function saveFlow(): void {
    const inTransit = [...flow().keys()].some((key) => key in PURPOSES);
    if (flow().size === 0) drop("flow");
    else give("flow", flow().toString(), inTransit ? LINK_IN_TRANSIT : FLOW);
  }

  function keepLinkToken(purpose: TokenPurpose, token: string): void {
    flow().set(purpose, token);
    saveFlow();
  }

  // Asked at once: a socket forgets its address when it closes, and nobody shall hide theirs by hanging up.
  const address = socketAddress();
  const ip = once(() =>
    clientIp({
      socketAddress: address,
      forwardedFor: request.headers.get("X-Forwarded-For"),
      trustedHops: config.trustedProxyHops,
    }),
  );
  const requestId = once(randomUUID);
  let sessionToken = read("session");

  const visitor: Visitor = {
    get ip() {
      return ip();
    },
    get network() {
      return ipNetwork(ip());
    },
    get userAgent() {
      return cleanUserAgent(request.headers.get("User-Agent"));
    },
    get device() {
      return deviceLabel(request.headers.get("User-Agent"));
    },
    get requestId() {
      return requestId();
    },
    get sessionToken() {
      return sessionToken;
    },
    get challengeToken() {
      return read("login");
    },
    get deviceToken() {
      return read("device");
    },
    giveSession(token, persistent) {
      sessionToken = token;
      give("session", token, persistent ? config.sessionLimits.persistent.absolute : undefined);
    },
    dropSession() {
      sessionToken = null;
      drop("session");
    },
    giveChallenge: (token) => give("login", token, PURPOSES["second-factor"]),
    dropChallenge: () => drop("login"),
    giveDevice: (token) => give("device", token, DEVICE),
    get flow() {
      return flow().get("flow");
    },
    beginFlow() {
      const begun = randomBytes(24).toString("base64url");
      flow().set("flow", begun);
      saveFlow();
      return begun;
    },
    linkToken: (purpose) => flow().get(purpose),
    keepLinkToken,
    dropLinkToken(purpose) {
      flow().delete(purpose);
      saveFlow();
    },
  };

  return {
    visitor,
    keepLinkToken,
    cookies: () => [...jar.values()],
  };
}

function once<Value>(make: () => Value): () => Value {
  let made: { value: Value } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
