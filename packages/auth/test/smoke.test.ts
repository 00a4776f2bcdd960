import { expect, it } from "vitest";
import { openHouse } from "./house.ts";
import { RouterContextProvider } from "react-router";
it("smoke", async () => {
  const house = await openHouse();
  const { auth } = house;
  async function call<T>(path: string, cookie: string, work: (args: any) => Promise<T>) {
    const request = new Request(`https://app.test${path}`, { method: "POST", headers: { cookie, "sec-fetch-site": "same-origin", "x-forwarded-for": "192.0.2.7" } });
    const args = { request, url: new URL(request.url), context: new RouterContextProvider(), params: {} };
    let result: T | undefined;
    const response = await auth.middleware(args as never, async () => { result = await work(args); return result instanceof Response ? result : new Response("ok"); });
    return { result, response: response as Response };
  }
  const r = await call("/register", "", (args) => auth.passwords.register(args, { email: "Ada@Example.com", password: "correct horse battery staple", fields: { favoriteColor: "red" } }));
  console.log(r.result, r.response.headers.getSetCookie());
  const mails = await house.outbox();
  console.log(mails);
  const flow = r.response.headers.getSetCookie()[0]!.split(";")[0]!;
  const code = /^\d{6}$/m.exec(mails[0]!.text)![0];
  const v = await call("/verify-email", flow, (args) => auth.emailVerification.confirmWithCode(args, { code }));
  console.log(v.result);
  const l = await call("/login", "", async (args) => { const p = await auth.passwords.verify(args, { email: "ada@example.com", password: "correct horse battery staple" }); if (!p.ok) return p; return auth.login(args, p.proof, { returnTo: "/inbox" }); });
  console.log(l.result, l.response.headers.getSetCookie());
  const cookie = l.response.headers.getSetCookie().find((c) => c.includes("session="))!.split(";")[0]!;
  const u = await call("/x", cookie, (args) => auth.requireUser(args));
  console.log(u.result, [...u.response.headers]);
  expect(1).toBe(1);
});
