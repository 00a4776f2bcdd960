import { beforeAll, describe, expect, it } from "vitest";
import { minutes, seconds } from "../src/duration.ts";
import { type Browser, browser, pageOf } from "./browser.ts";
import { openHouse } from "./house.ts";
import { pages } from "./pages.ts";
import { PASSWORD, register, userByEmail } from "./people.ts";

type House = Awaited<ReturnType<typeof openHouse>>;

let house: House;
let handle: ReturnType<typeof pages>;
beforeAll(async () => {
  house = await openHouse();
  handle = pages(house);
});

/** Every guarded route of the site. A feature with a new guarded route adds a row. */
const GUARDED = [
  { path: "/secret", id: "secret" },
  { path: "/unsaid", id: "unsaid" },
  { path: "/still", id: "still" },
  { path: "/deep/er", id: "deeper" },
  { path: "/settings/sessions", id: "settings/sessions" },
  { path: "/fresh", id: "fresh" },
  { path: "/strong", id: "strong" },
  { path: "/proven", id: "proven" },
] as const;

/** Every way of asking. */
const REQUESTS: [string, (visitor: Browser, path: string, id: string) => Promise<Response>][] = [
  ["document GET", (visitor, path) => visitor.get(path)],
  ["HEAD", (visitor, path) => visitor.send(path, { method: "HEAD" })],
  [".data", (visitor, path) => visitor.get(`${path}.data`)],
  [
    ".data?_routes",
    (visitor, path, id) => visitor.get(`${path}.data?_routes=${encodeURIComponent(id)}`),
  ],
  ["document POST", (visitor, path) => visitor.post(path)],
  [".data POST", (visitor, path) => visitor.post(`${path}.data`)],
  ["PUT", (visitor, path) => visitor.send(path, { method: "PUT" })],
  ["DELETE", (visitor, path) => visitor.send(path, { method: "DELETE" })],
  ["upper case", (visitor, path) => visitor.get(path.toUpperCase())],
  [
    "encoded",
    (visitor, path) => visitor.get(`/%${path.charCodeAt(1).toString(16)}${path.slice(2)}`),
  ],
  ["trailing slash", (visitor, path) => visitor.get(`${path}/`)],
];

/** Everybody who is not signed in. */
const STRANGERS: [string, (house: House) => Promise<Browser>][] = [
  ["nobody", async () => browser(handle)],
  ["a forged cookie", async () => withCookie("__Host-session", "A".repeat(48))],
  ["junk for a cookie", async () => withCookie("__Host-session", "%00%ff")],
  ["a dead session", deadSession],
  ["an expired session", expiredSession],
  ["a disabled user", disabledUser],
  ["a flow cookie for a session", async () => withCookie("__Host-session", await flowToken())],
];

describe("the guard matrix", () => {
  describe.each(STRANGERS)("R51 R53 R54 R55 %s", (_who, stranger) => {
    it.each(GUARDED)("gets nothing at $path, however it is asked for", async ({ path, id }) => {
      for (const [how, ask] of REQUESTS) {
        const visitor = await stranger(house);
        const response = await ask(visitor, path, id);
        const body = await response.text();
        expect(body, how).not.toMatch(/secret":|did":|behind the layout/);
        expect([202, 302, 400, 404, 405], `${how} ${path}: ${response.status} ${body}`).toContain(
          response.status,
        );
        if (response.status === 302) {
          expect(response.headers.get("Location"), how).toMatch(/^\/login(\?|$)/);
        }
      }
    });
  });

  it("R51 a resource route below a guarded layout answers nobody", async () => {
    const visitor = browser(handle);
    expect((await visitor.get("/resource")).status).toBe(302);
    expect((await visitor.post("/resource")).status).toBe(302);
    const json = await visitor.get("/resource", { Accept: "application/json" });
    expect(json.status).toBe(401);
  });

  it("lets a signed-in user in, however it is asked for", async () => {
    const visitor = browser(handle);
    await register(house, visitor);
    for (const path of ["/secret", "/unsaid", "/resource", "/deep/er", "/proven", "/fresh"]) {
      const response = await visitor.get(path);
      expect(response.status, path).toBe(200);
      expect(await response.text(), path).toContain("secret");
    }
    expect(await (await visitor.get("/secret.data?_routes=secret")).text()).toContain("secret");
    expect(await (await visitor.post("/secret")).text()).toContain("did");
  });

  it("R54 sends a data request to the login page and back to the page, never to its .data", async () => {
    const visitor = browser(handle);
    const response = await visitor.get("/secret.data?page=2&_routes=secret");
    expect(response.status).toBe(202);
    const body = await response.text();
    expect(body).toContain("/login?returnTo=%2Fsecret%3Fpage%3D2");
    expect(body).not.toContain(".data");
  });

  it("answers JSON clients with 401 and a reason", async () => {
    const visitor = browser(handle);
    for (const path of ["/secret", "/settings/sessions", "/deep/er"]) {
      const response = await visitor.get(path, { Accept: "application/json" });
      expect(response.status, path).toBe(401);
      expect(await response.json(), path).toEqual({ reason: "login_required" });
    }
  });

  it("R58 keeps every answer that asked who is there out of every cache", async () => {
    const signedIn = browser(handle);
    await register(house, signedIn);
    for (const visitor of [browser(handle), signedIn]) {
      for (const path of ["/", "/secret", "/secret.data", "/resource", "/settings/sessions"]) {
        const { headers } = await visitor.get(path);
        expect(headers.get("Cache-Control"), path).toBe("private, no-store");
        expect(headers.get("Vary"), path).toContain("Cookie");
      }
    }
    expect((await signedIn.get("/public")).headers.get("Cache-Control")).toBeNull();
  });
});

describe("policies", () => {
  it("asks for a second factor in this session where a route wants assurance 2", async () => {
    const email = await register(house, browser(handle));
    const user = await userByEmail(house, email);
    house.enrolled.add(user.id);
    const one = withCookieLine(await house.signInAs(user));
    expect((await one.get("/strong?x=1")).headers.get("Location")).toBe(
      "/step-up?returnTo=%2Fstrong%3Fx%3D1",
    );
    const json = await one.get("/strong", { Accept: "application/json" });
    expect([json.status, await json.json()]).toEqual([403, { reason: "step_up_required" }]);
    const two = withCookieLine(await house.signInAs(user, { aal: 2 }));
    expect((await two.get("/strong")).status).toBe(200);
  });

  it("R50 sends whoever has no second factor to set one up where a route wants it", async () => {
    const user = await userByEmail(house, await register(house, browser(handle)));
    const visitor = withCookieLine(await house.signInAs(user));
    expect((await visitor.get("/strong?x=1")).headers.get("Location")).toBe(
      "/settings/two-factor?returnTo=%2Fstrong%3Fx%3D1",
    );
    const json = await visitor.get("/strong", { Accept: "application/json" });
    expect([json.status, await json.json()]).toEqual([403, { reason: "second_factor_required" }]);
  });

  it("R50 takes no login from a user with a second factor for a fresh proof, if it was without", async () => {
    const user = await userByEmail(house, await register(house, browser(handle)));
    const visitor = withCookieLine(await house.signInAs(user));
    expect((await visitor.get("/fresh")).status).toBe(200);
    house.enrolled.add(user.id);
    expect((await visitor.get("/fresh")).headers.get("Location")).toBe(
      "/step-up?returnTo=%2Ffresh",
    );
  });

  it("R50 asks again who they are when the last proof is too old", async () => {
    const user = await userByEmail(house, await register(house, browser(handle)));
    const stale = withCookieLine(await house.signInAs(user, { stale: minutes(11) }));
    expect((await stale.get("/fresh")).headers.get("Location")).toBe("/step-up?returnTo=%2Ffresh");
    const json = await stale.get("/fresh", { Accept: "application/json" });
    expect([json.status, await json.json()]).toEqual([403, { reason: "step_up_required" }]);
    const fresh = withCookieLine(await house.signInAs(user, { stale: minutes(10) }));
    expect((await fresh.get("/fresh")).status).toBe(200);
    await house.clock.advance(seconds(1));
    expect((await fresh.get("/fresh")).status).toBe(302);
  });
});

describe("where a visitor is sent", () => {
  it("R50 R73 knows the way back to a page, after a form to the page it stood on, and never off the site", async () => {
    const visitor = browser(
      pages(house, { home: { path: "/", loader: (args) => house.auth.requireUser(args) } }),
    );
    const sentTo = async (response: Promise<Response>) => (await response).headers.get("Location");
    expect(await sentTo(visitor.get("/secret?page=2"))).toBe(
      "/login?returnTo=%2Fsecret%3Fpage%3D2",
    );
    const from = (Referer: string) => visitor.post("/resource", {}, { Referer });
    expect(await sentTo(from("https://app.test/secret?page=2"))).toBe(
      "/login?returnTo=%2Fsecret%3Fpage%3D2",
    );
    for (const elsewhere of ["", "https://evil.example/secret", "nonsense", "https://app.test/"]) {
      expect(await sentTo(from(elsewhere)), elsewhere).toBe("/login");
    }
    expect(await sentTo(visitor.get("/"))).toBe("/login");
    expect(await sentTo(visitor.get("/?page=2"))).toBe("/login?returnTo=%2F%3Fpage%3D2");
  });

  it("prove the address first, where a route wants it proven", async () => {
    const email = "unproven@example.com";
    await browser(handle).post("/register", { email, password: PASSWORD });
    const visitor = withCookieLine(await house.signInAs(await userByEmail(house, email)));
    expect((await visitor.get("/secret")).status).toBe(200);
    const page = await visitor.get("/proven");
    expect(page.headers.get("Location")).toBe("/verify-email?returnTo=%2Fproven");
    const json = await visitor.get("/proven", { Accept: "application/json" });
    expect([json.status, await json.json()]).toEqual([403, { reason: "verified_email_required" }]);
  });

  it("home, from the login page, once they are signed in", async () => {
    const visitor = browser(handle);
    expect((await visitor.get("/login")).status).toBe(200);
    const email = await register(house, visitor);
    expect((await visitor.get("/login")).headers.get("Location")).toBe("/");
    const { loaderData } = await pageOf(await visitor.get("/"));
    expect(loaderData.home).toEqual({ email });
    const stranger = await pageOf(await browser(handle).get("/"));
    expect(stranger.loaderData.home).toEqual({ email: null });
  });
});

describe("stepping up", () => {
  it("R33 R50 brings the visitor back to the page that asked, under a new session id", async () => {
    const user = await userByEmail(house, await register(house, browser(handle)));
    const visitor = withCookieLine(await house.signInAs(user, { stale: minutes(11) }));
    const before = visitor.jar.get("__Host-session") as string;
    const wrong = await visitor.post("/step-up", { password: "wrong horse battery staple" });
    expect([wrong.status, (await visitor.get("/fresh")).status]).toEqual([401, 302]);
    const right = await visitor.post("/step-up", { password: PASSWORD, returnTo: "/fresh" });
    expect(right.headers.get("Location")).toBe("/fresh");
    expect((await visitor.get("/fresh")).status).toBe(200);
    expect((await withCookie("__Host-session", before).get("/secret")).status).toBe(302);
    await house.clock.advance(minutes(11));
    expect((await visitor.get("/fresh")).status).toBe(302);
  });

  it("R50 takes no first factor from somebody who has a second", async () => {
    const user = await userByEmail(house, await register(house, browser(handle)));
    const visitor = withCookieLine(await house.signInAs(user, { stale: minutes(11) }));
    house.enrolled.add(user.id);
    const response = await visitor.post("/step-up", { password: PASSWORD, returnTo: "/fresh" });
    expect(response.headers.get("Location")).toBe("/step-up?refused=stronger_factor_required");
    expect((await visitor.get("/fresh")).status).toBe(302);
  });
});

function withCookie(name: string, value: string): Browser {
  const visitor = browser(handle);
  visitor.jar.set(name, value);
  return visitor;
}

function withCookieLine(cookie: string): Browser {
  const visitor = browser(handle);
  visitor.adopt(cookie);
  return visitor;
}

let dead: Promise<string> | undefined;
async function deadSession(): Promise<Browser> {
  dead ??= (async () => {
    const visitor = browser(handle);
    await register(house, visitor);
    const token = visitor.jar.get("__Host-session") as string;
    await visitor.post("/logout");
    return token;
  })();
  return withCookie("__Host-session", await dead);
}

let expired: Promise<string> | undefined;
async function expiredSession(): Promise<Browser> {
  expired ??= (async () => {
    const user = await userByEmail(house, await register(house, browser(handle)));
    await house.clock.back(minutes(24 * 60));
    const cookie = await house.signInAs(user);
    await house.clock.advance(minutes(24 * 60));
    return cookie;
  })();
  return withCookieLine(await expired);
}

let disabled: Promise<string> | undefined;
async function disabledUser(): Promise<Browser> {
  disabled ??= (async () => {
    const user = await userByEmail(house, await register(house, browser(handle)));
    const cookie = await house.signInAs(user, { aal: 2 });
    await house.disable(user.id);
    return cookie;
  })();
  return withCookieLine(await disabled);
}

let flow: Promise<string> | undefined;
function flowToken(): Promise<string> {
  flow ??= (async () => {
    const visitor = browser(handle);
    await visitor.post("/register", { email: "flow@example.com", password: PASSWORD });
    return visitor.jar.get("__Host-flow") as string;
  })();
  return flow;
}
