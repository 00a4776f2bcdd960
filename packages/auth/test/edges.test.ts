import { data, RouterContextProvider } from "react-router";
import { beforeAll, describe, expect, it, vi } from "vitest";
import type { RouteArgs } from "../src/router/visit.ts";
import { browser, crowd, pageOf } from "./browser.ts";
import { openHouse } from "./house.ts";
import { pages } from "./pages.ts";
import { lastMail, login, newAddress, PASSWORD, register, userByEmail } from "./people.ts";
import { site } from "./site.ts";

type House = Awaited<ReturnType<typeof openHouse>>;

let house: House;
let handle: ReturnType<typeof pages>;
beforeAll(async () => {
  house = await openHouse();
  handle = pages(house);
});

const visit = crowd(() => handle);

const POSTS = [
  "/register",
  "/login",
  "/logout",
  "/forgot-password",
  "/reset-password",
  "/verify-email",
  "/resource",
  "/secret",
];

describe("where a request comes from", () => {
  it.each([
    ["another site", { "Sec-Fetch-Site": "cross-site", Origin: "https://evil.example" }],
    ["a sibling domain", { "Sec-Fetch-Site": "same-site", Origin: "https://other.app.test" }],
    ["an old browser on another site", { "Sec-Fetch-Site": "", Origin: "https://evil.example" }],
    ["a sandboxed frame", { "Sec-Fetch-Site": "", Origin: "null" }],
    ["the right host by plain http", { "Sec-Fetch-Site": "", Origin: "http://app.test" }],
    ["nowhere", { "Sec-Fetch-Site": "" }],
  ])("R69 R70 refuses a POST from %s, with no effect", async (_from, headers) => {
    const visitor = visit();
    const email = await register(house, visitor);
    for (const path of POSTS) {
      for (const url of [path, `${path}.data`]) {
        const response = await visitor.post(url, { email, password: PASSWORD }, headers);
        expect([url, response.status]).toEqual([url, 403]);
      }
    }
    expect((await visitor.get("/secret")).status).toBe(200);
    expect((await lastMail(house, email)).kind).toBe("verify-email");
  });

  it("R69 tells JSON clients why", async () => {
    const response = await visit().post(
      "/login",
      {},
      { "Sec-Fetch-Site": "cross-site", Accept: "application/json" },
    );
    expect([response.status, await response.json()]).toEqual([403, { reason: "cross_site" }]);
  });

  it("lets an old browser on this site through by its Origin, and a bearer token by itself", async () => {
    const origin = await visit().post(
      "/login",
      {},
      { "Sec-Fetch-Site": "", Origin: "https://app.test" },
    );
    expect(origin.status).toBe(401);
    const bearer = await visit().post(
      "/login",
      {},
      { "Sec-Fetch-Site": "", Authorization: "Bearer x" },
    );
    expect(bearer.status).toBe(401);
  });

  it("L12 R74 writes links from the configured origin, whatever the request says", async () => {
    const email = newAddress();
    const request = new Request("https://evil.example/register", {
      method: "POST",
      body: new URLSearchParams({ email, password: PASSWORD }),
      headers: {
        "Sec-Fetch-Site": "same-origin",
        Host: "evil.example",
        "X-Forwarded-Host": "evil.example",
        Forwarded: "host=evil.example",
        "X-Forwarded-For": "203.0.113.250",
      },
    });
    expect((await handle(request)).status).toBe(302);
    const mail = (await house.outbox()).find(({ to }) => to === email);
    expect(mail?.text).toContain("https://app.test/verify-email?token=");
    expect(mail?.text).not.toContain("evil");
  });

  it("R61 headers meant for other ears change nothing", async () => {
    for (const name of [
      "X-React-Router-SPA-Mode",
      "X-React-Router-Prerender-Data",
      "x-middleware-subrequest",
      "X-Remix-Response",
      "X-HTTP-Method-Override",
    ]) {
      expect((await visit().get("/secret", { [name]: "yes" })).status).toBe(302);
    }
  });
});

describe("junk", () => {
  it.each([
    ["no content type", "email=a", undefined],
    ["JSON", '{"email":"a"}', "application/json"],
    ["plain text", "email=a", "text/plain"],
    ["multipart", "--x\r\n\r\n--x--", "multipart/form-data; boundary=x"],
  ])("a body that is %s is refused with 415", async (_what, body, type) => {
    for (const path of ["/login", "/register", "/forgot-password"]) {
      const response = await visit().send(path, {
        method: "POST",
        body: new TextEncoder().encode(body),
        headers: type ? { "Content-Type": type } : {},
      });
      expect(response.status).toBe(415);
    }
  });

  it.each([
    ["an unknown field", "email=a&password=b&admin=true"],
    ["the same field twice", "email=a&email=b&password=c"],
    ["an array", "email[]=a&password=b"],
    ["a NUL byte", "email=a%00b&password=c"],
    ["bytes that are no text", "email=%ff%fe&password=c"],
    ["a lone surrogate", "email=%ed%a0%80&password=c"],
    ["a broken escape", "email=%zz&password=c"],
    ["a field called __proto__", "__proto__=x&email=a&password=c"],
  ])("R5 %s is refused with 400", async (_what, body) => {
    for (const path of ["/login", "/register"]) {
      const response = await visit().send(path, {
        method: "POST",
        body,
        headers: { "Content-Type": "application/x-www-form-urlencoded" },
      });
      expect(response.status).toBe(400);
    }
  });

  it("R82 more than 64 KiB is refused with 413, announced or not", async () => {
    const big = new URLSearchParams({
      email: "a@example.com",
      password: "x".repeat(70_000),
    }).toString();
    const headers = { "Content-Type": "application/x-www-form-urlencoded" };
    expect((await visit().send("/login", { method: "POST", body: big, headers })).status).toBe(413);
    let sent = 0;
    const endless = new ReadableStream({
      pull(controller) {
        sent += 1;
        controller.enqueue(new TextEncoder().encode("x".repeat(16_384)));
      },
    });
    const streamed = await visit().send("/login", {
      method: "POST",
      body: endless,
      headers,
      duplex: "half",
    } as RequestInit);
    expect(streamed.status).toBe(413);
    expect(sent).toBeLessThan(12);
  });

  it.each([
    "junk",
    "=",
    ";;;",
    `__Host-session=${"x".repeat(20_000)}`,
    "__Host-session=a; __Host-session=b",
    "__Host-flow=%; __Host-login=\u00e9",
    "__Host-flow=reset-password=x&reset-password=y",
  ])("R45 R46 a cookie header like %.40s is anonymous, never an error", async (cookie) => {
    for (const path of [
      "/",
      "/secret",
      "/verify-email",
      "/reset-password",
      "/login/second-factor",
    ]) {
      const response = await visit().get(path, { Cookie: Buffer.from(cookie).toString("latin1") });
      expect([200, 302]).toContain(response.status);
    }
  });

  it.each([
    "",
    "x",
    "A".repeat(48),
    "A".repeat(100_000),
    "../../etc",
    "%00",
    "'; drop table users; --",
  ])("a link with the token %.30j leads to a calm page", async (token) => {
    for (const path of ["/verify-email", "/reset-password"]) {
      const visitor = visit();
      const response = await visitor.get(`${path}?token=${encodeURIComponent(token)}`);
      expect(response.status).toBe(303);
      expect((await visitor.get(path)).status).toBe(200);
      const fields = path === "/verify-email" ? { intent: "confirm" } : { password: PASSWORD };
      expect((await visitor.post(path, fields)).status).toBe(400);
    }
  });

  it("R66 sending a form again is calm and has no second effect", async () => {
    const visitor = visit();
    const email = newAddress();
    await visitor.post("/register", { email, password: PASSWORD });
    const { code } = await lastMail(house, email);
    const form = { intent: "code", code };
    expect((await visitor.post("/verify-email", form)).status).toBe(302);
    expect((await visitor.post("/verify-email", form)).status).toBe(400);
    expect((await login(visitor, email)).status).toBe(302);
    expect((await login(visitor, email)).status).toBe(302);
    const { loaderData } = JSON.parse(await (await visitor.get("/settings/sessions")).text());
    expect(loaderData["settings/sessions"]).toHaveLength(1);
  });

  it("R67 other methods get 405 without a stack", async () => {
    for (const method of ["OPTIONS", "PROPFIND", "QUERY"]) {
      const response = await visit().send("/login", { method });
      expect([method, response.status]).toEqual([method, 405]);
      expect(await response.text()).not.toMatch(/at .*\.ts:/);
      expect(response.headers.get("Access-Control-Allow-Origin")).toBeNull();
    }
  });
});

describe("what answers carry", () => {
  it("R35 sets every cookie with exactly the attributes that keep it safe", async () => {
    const visitor = visit();
    const email = newAddress();
    const responses = [await visitor.post("/register", { email, password: PASSWORD })];
    const { path, code } = await lastMail(house, email);
    responses.push(await visitor.get(path));
    responses.push(await visitor.post("/verify-email", { intent: "code", code }));
    house.enrolled.add((await userByEmail(house, email)).id);
    responses.push(await login(visit(), email, { remember: "on" }));
    responses.push(await visitor.post("/logout"));
    const cookies = responses.flatMap((response) => response.headers.getSetCookie());
    expect(new Set(cookies.map((cookie) => cookie.split("=")[0]))).toEqual(
      new Set(["__Host-flow", "__Host-login", "__Host-session"]),
    );
    for (const cookie of cookies) {
      expect(cookie).toMatch(
        /^__Host-\w+=[\w=&.~-]*; Path=\/; Secure; HttpOnly; SameSite=Lax(; Max-Age=\d+)?$/,
      );
    }
  });

  it("R75 R77 R78 protects pages from frames, sniffing and foreign scripts, with a new nonce each time", async () => {
    const visitor = browser(pages(house, { nonce: withNonce() }));
    const [one, two] = [await visitor.get("/nonce"), await visitor.get("/nonce")];
    const policy = one.headers.get("Content-Security-Policy") ?? "";
    expect(policy).toMatch(/script-src 'self' 'nonce-[\w-]{22}'/);
    for (const rule of [
      "frame-ancestors 'none'",
      "base-uri 'none'",
      "object-src 'none'",
      "form-action 'self'",
    ]) {
      expect(policy).toContain(rule);
    }
    expect(two.headers.get("Content-Security-Policy")).not.toBe(policy);
    expect(one.headers.get("X-Content-Type-Options")).toBe("nosniff");
    expect(one.headers.get("Referrer-Policy")).toBe("same-origin");
    expect(one.headers.get("Strict-Transport-Security")).toContain("max-age=");
    expect([...one.headers.keys()].filter((name) => name.startsWith("access-control"))).toEqual([]);
  });

  it("R28 counts whoever has no address in one bucket, and never believes a forged X-Forwarded-For", async () => {
    const direct = await openHouse({ trustedProxyHops: 0 });
    const open = pages(direct);
    let limited = 0;
    for (let n = 0; n < 31; n++) {
      const visitor = browser(open, { ip: `192.0.2.${n}` });
      limited +=
        (await visitor.post("/login", { email: `a${n}@example.com`, password: "x" })).status === 429
          ? 1
          : 0;
    }
    expect(limited).toBe(1);
  });

  it("lets the operator turn the secret over without logging anybody out", async () => {
    const old = "an old secret of quite enough bytes: 1";
    const fresh = "a fresh secret of quite enough bytes: 2";
    const before = await openHouse({ secret: old });
    const visitor = browser(pages(before));
    await register(before, visitor);
    const { houseOn } = await import("./house.ts");
    const after = pages(await houseOn(before.core.db as never, { secret: `${fresh},${old}` }));
    const same = browser(after);
    same.jar.set("__Host-session", visitor.jar.get("__Host-session") as string);
    expect((await same.get("/secret")).status).toBe(200);
    const gone = browser(pages(await houseOn(before.core.db as never, { secret: fresh })));
    gone.jar.set("__Host-session", visitor.jar.get("__Host-session") as string);
    expect((await gone.get("/secret")).status).toBe(302);
  });
});

/** A page that takes the nonce for its scripts, as `entry.server` does for all pages of an app. */
function withNonce() {
  const loader = (args: RouteArgs) => ({ nonce: house.auth.nonce(args) });
  return { path: "nonce", loader };
}

describe("the headers that protect a page", () => {
  const policyOf = (response: Response) => response.headers.get("Content-Security-Policy") ?? "";

  it("R75 name the nonce that the page was given; there is none where the middleware did not run", async () => {
    const { loader } = withNonce();
    const guarded = browser(pages(house, { nonce: withNonce() }));
    const response = await guarded.get("/nonce");
    const { loaderData } = await pageOf(response.clone());
    const { nonce } = loaderData.nonce as { nonce: string };
    expect(nonce).toMatch(/^[\w-]{22}$/);
    expect(policyOf(response)).toContain(`'nonce-${nonce}'`);
    const bare = browser(site({ path: "", children: { page: { path: "page", loader } } }));
    expect((await pageOf(await bare.get("/page"))).loaderData.page).toEqual({ nonce: "" });
  });

  it("leave alone what a route set itself", async () => {
    const own = { "Content-Security-Policy": "default-src *", "Referrer-Policy": "no-referrer" };
    const loader = () => new Response("ok", { headers: own });
    const visitor = browser(pages(house, { own: { path: "own", page: false, loader } }));
    const { headers } = await visitor.get("/own");
    expect(headers.get("Content-Security-Policy")).toBe("default-src *");
    expect(headers.get("Referrer-Policy")).toBe("no-referrer");
    expect(headers.get("X-Content-Type-Options")).toBe("nosniff");
  });

  it("ask for https for a year, but not of a developer's machine", async () => {
    const header = "Strict-Transport-Security";
    expect((await visit().get("/login")).headers.get(header)).toBe("max-age=31536000");
    const local = browser(pages(await openHouse({ origin: "http://localhost:3000" })));
    expect((await local.get("/login")).headers.get(header)).toBeNull();
  });

  it("R77 leave scripts and styles to apps that render without a nonce, but keep every page out of frames", async () => {
    expect(policyOf(await visit().get("/login"))).toBe(
      "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    );
  });

  it("R75 allow inline styles and web sockets in development alone", async () => {
    const visitor = browser(pages(house, { nonce: withNonce() }));
    expect(policyOf(await visitor.get("/nonce"))).not.toMatch(/unsafe-inline|ws:/);
    vi.stubEnv("NODE_ENV", "development");
    const developing = policyOf(await visitor.get("/nonce"));
    vi.unstubAllEnvs();
    expect(developing).toContain("style-src 'self' 'unsafe-inline'; ");
    expect(developing).toContain("connect-src 'self' ws:; ");
    expect(developing).toMatch(/script-src 'self' 'nonce-[\w-]{22}'; /);
  });
});

describe("a client that says little of what it wants", () => {
  it("is sent to the login page like a browser", async () => {
    const response = await visit().get("/secret", { Accept: "" });
    expect(response.headers.get("Location")).toBe("/login?returnTo=%2Fsecret");
  });

  it("is told when to come back also where the app itself is too busy", async () => {
    for (const status of [429, 503]) {
      const loader = () => {
        throw data(null, { status });
      };
      const visitor = browser(pages(house, { busy: { path: "busy", loader } }));
      const response = await visitor.get("/busy");
      expect([response.status, response.headers.get("Retry-After")]).toEqual([status, "5"]);
    }
  });
});

describe("mistakes of the app", () => {
  const argsWith = (context: RouterContextProvider) => {
    const request = new Request("https://app.test/secret");
    return { request, context, url: new URL(request.url), params: {}, pattern: "" };
  };

  it("R188 says so when one context serves two requests: one visitor could be taken for another", async () => {
    const context = new RouterContextProvider();
    const { middleware } = house.auth;
    const next = async () => new Response();
    expect(await middleware(argsWith(context), next)).toBeInstanceOf(Response);
    await expect(middleware(argsWith(context), next)).rejects.toMatchObject({
      code: "ERR_AUTH_CONTEXT_REUSED",
      message: expect.stringContaining("getLoadContext"),
    });
  });

  it("forgives the middleware on a nested route as well: the visitor stays who they are", async () => {
    const { auth } = house;
    const loader = async (args: RouteArgs) => ({ email: (await auth.getUser(args))?.email });
    const nested = { path: "nested", middleware: [auth.middleware], loader };
    const visitor = browser(pages(house, { nested }));
    const email = await register(house, visitor);
    const response = await visitor.get("/nested");
    expect((await pageOf(response)).loaderData.nested).toEqual({ email });
    const foreign = { "Sec-Fetch-Site": "cross-site" };
    expect((await visitor.post("/nested", {}, foreign)).status).toBe(403);
  });

  it("R188 says so where React Router 7 hands out no context, because middleware is off", async () => {
    for (const context of [undefined, {}]) {
      const asked = house.auth.getUser(argsWith(context as never));
      await expect(asked).rejects.toMatchObject({
        code: "ERR_AUTH_MIDDLEWARE_MISSING",
        message: expect.stringContaining("v8_middleware"),
      });
    }
  });

  it("R188 says so loudly when the middleware is missing", async () => {
    const { auth } = house;
    let thrown: unknown;
    const open = site({
      path: "",
      children: {
        page: {
          path: "page",
          loader: (args) =>
            auth.requireUser(args).catch((error: unknown) => {
              thrown = error;
              throw error;
            }),
        },
      },
    });
    expect((await browser(open).get("/page")).status).toBe(500);
    expect(thrown).toMatchObject({
      code: "ERR_AUTH_MIDDLEWARE_MISSING",
      message: expect.stringContaining("app/root.tsx"),
    });
  });
});
