import { type Browser, browser, pageOf } from "./browser.ts";
import type { openHouse } from "./house.ts";
import type { pages } from "./pages.ts";
import { login, register, userByEmail } from "./people.ts";

type House = Awaited<ReturnType<typeof openHouse>>;

/** What people with second factors do in this house. */
export function factorsIn(house: () => House, handle: () => ReturnType<typeof pages>) {
  let visitors = 0;
  /** Each from a network of its own, so that limits do not mix the tests up. */
  const visit = (site = handle()) => browser(site, { ip: `203.0.113.${++visitors}` });

  return {
    visit,

    /** Registered, and an authenticator app set up by the helper of the testing kit; nobody is signed in. */
    async enrolled() {
      const email = await register(house(), visit());
      const user = await userByEmail(house(), email);
      return { email, user, secret: await house().enrollTotp(user) };
    },

    /** A browser that gave the password and owes the rest. */
    async challenged({ email }: { email: string }, visitor: Browser = visit()): Promise<Browser> {
      await login(visitor, email);
      return visitor;
    },

    /** Signed in with a second factor given just now. */
    async steppedUp(user: { id: string }): Promise<Browser> {
      const visitor = visit();
      visitor.adopt(await house().steppedUp(user));
      return visitor;
    },
  };
}

export const hasSession = (visitor: Browser) => visitor.jar.has("__Host-session");

/** Types a code of some factor on the page between the two. */
export function finish(
  visitor: Browser,
  intent: "totp" | "backup-code" | "email-code",
  code: string,
  more: Record<string, string> = {},
): Promise<Response> {
  return visitor.post("/login/second-factor", { intent, code, ...more });
}

/** Why the action of a page refused. */
export async function reasonOf(response: Response): Promise<string | undefined> {
  return Object.values((await pageOf(response)).actionData ?? {})[0]?.reason;
}

/** What the only action of a page answered. */
export async function actionOf<Data>(response: Response): Promise<Data> {
  return Object.values((await pageOf(response)).actionData ?? {})[0] as Data;
}

/** What the loader of a page gave. */
export async function loaderOf<Data>(response: Response, id: string): Promise<Data> {
  return (await pageOf(response)).loaderData[id] as Data;
}
