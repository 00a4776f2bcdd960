import { tokens } from "../src/features/tokens/tokens.ts";
import { browser } from "./browser.ts";
import type { openHouse } from "./house.ts";
import type { pages } from "./pages.ts";
import { newAddress, PASSWORD, register, userByEmail } from "./people.ts";

type House = Awaited<ReturnType<typeof openHouse>>;

/** What an attacker holds honestly, by cookie and what it is good for, and a session that is not quite the victim's. */
export const HELD = [
  "__Host-session of their own",
  "__Host-login waiting for a code",
  "__Host-flow with every link",
  "__Host-session of the victim, one letter off",
];

/** Three people who want to be somebody else. Their things are spent and lost as they ask, so they get new ones. */
export async function openWallet(house: House, handle: ReturnType<typeof pages>, stolen: string) {
  const visit = () => browser(handle, { ip: "198.51.100.9" });
  const attacker = await userByEmail(house, await register(house, visit(), "attacker@example.com"));
  const owing = await userByEmail(house, await register(house, visit(), newAddress("owing")));
  house.enrolled.add(owing.id);
  const email = newAddress("unproven");
  await visit().post("/register", { email, password: PASSWORD });
  const unproven = await userByEmail(house, email);
  const values = new Map<string, string>();

  /** Links in mails to the attacker, of each kind that a page of the account takes. */
  async function accountLinks(user: typeof attacker): Promise<Record<string, string>> {
    const { issue } = tokens(house.core);
    const details = { email: "attacker@example.com", isProven: true, device: "x" };
    const links: Record<string, string> = {};
    for (const purpose of ["magic-link", "confirm-email", "cancel-email", "disown"] as const) {
      links[purpose] = (await issue({ purpose, user, details })).token;
    }
    return links;
  }

  return {
    /** The value of what is held, or what is no name of anything as it is. */
    resolve: (text: string) => values.get(text) ?? text,

    async refill(): Promise<void> {
      const { issue } = tokens(house.core);
      const flow = "the-attackers-own-browser";
      const details = { method: "pwd", persistent: false, returnTo: null };
      const challenge = await issue({ purpose: "second-factor", user: owing, details });
      const reset = await issue({ purpose: "reset-password", user: attacker });
      const proof = await issue({ purpose: "verify-email", user: unproven, flow });
      const links = {
        ...{ flow, "reset-password": reset.token, "verify-email": proof.token },
        ...(await accountLinks(attacker)),
      };
      const off = (stolen.startsWith("A") ? "B" : "A") + stolen.slice(1);
      const session = (await house.signInAs(attacker)).split("=")[1] as string;
      const all = [session, challenge.token, new URLSearchParams(links).toString(), off];
      for (const [index, name] of HELD.entries()) values.set(name, all[index] as string);
    },
  };
}
