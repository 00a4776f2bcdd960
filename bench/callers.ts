import { RouterContextProvider } from "react-router";
import type { openBetterAuth } from "./better-auth.ts";
import type { Variant } from "./compare.ts";
import type { openHouse } from "./ours.ts";
import { addressOf, PASSWORD } from "./seed.ts";

export const ORIGIN = "http://localhost:3000";

const HEADERS = {
  "User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0",
  Accept: "text/html",
  "Sec-Fetch-Site": "same-origin",
};

type House = Pick<ReturnType<typeof openHouse>, "auth">;
type BetterAuth = Pick<ReturnType<typeof openBetterAuth>, "auth">;

/** What React Router hands to a middleware. */
function visitFor(init: RequestInit, path = "/") {
  const request = new Request(ORIGIN + path, init);
  return {
    request,
    url: new URL(request.url),
    context: new RouterContextProvider(),
    params: {},
    pattern: path,
  };
}

/** So many different requests are made beforehand, once: neither their making nor their garbage is ours. */
const REQUESTS = 10_000;

/** A request from the middleware on: who is there, and the answer that goes back. The Request is React Router's. */
export function requireUser({ auth }: House, cookies: string[]): Variant {
  const requests = made(REQUESTS, () =>
    visitFor({ headers: { ...HEADERS, "X-Forwarded-For": anyIp(), Cookie: anyOf(cookies) } }),
  );
  return {
    async call() {
      const args = { ...anyOf(requests), context: new RouterContextProvider() };
      await auth.middleware(args as never, async () => {
        const { user } = await auth.requireUser(args);
        if (!user.email) throw new Error("Nobody was found.");
        return new Response(null);
      });
    },
  };
}

export function getSession({ auth }: BetterAuth, cookies: string[]): Variant {
  const requests = made(REQUESTS, () => new Headers({ ...HEADERS, Cookie: anyOf(cookies) }));
  return {
    async call() {
      const found = await auth.api.getSession({ headers: anyOf(requests) });
      if (!found?.user.email) throw new Error("Nobody was found.");
    },
  };
}

/** A login from the middleware on, with limits, audit and all. */
export function login({ auth }: House, users: number): Variant {
  return {
    async call() {
      const headers = { ...HEADERS, "X-Forwarded-For": anyIp() };
      const args = visitFor({ method: "POST", headers }, "/login");
      const email = anyAddress(users);
      const response = (await auth.middleware(args as never, async () => {
        const result = await auth.passwords.verify(args, { email, password: PASSWORD });
        if (!result.ok) throw new Error(`Refused: ${result.reason}`);
        return auth.login(args, result.proof);
      })) as Response;
      if (!response.headers.has("Set-Cookie")) throw new Error("No session was given.");
    },
  };
}

export function signInEmail({ auth }: BetterAuth, users: number): Variant {
  return {
    async call() {
      const body = { email: anyAddress(users), password: PASSWORD };
      const { user } = await auth.api.signInEmail({ body, headers: new Headers(HEADERS) });
      if (!user) throw new Error("No session was given.");
    },
  };
}

function made<Item>(count: number, make: () => Item): Item[] {
  return Array.from({ length: count }, make);
}

export const anyAddress = (users: number) => addressOf(Math.floor(Math.random() * users));

export const anyIp = () => `10.${[0, 0, 0].map(() => Math.floor(Math.random() * 256)).join(".")}`;

export function anyOf<Item>(items: Item[]): Item {
  return items[Math.floor(Math.random() * items.length)] as Item;
}
