import { beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { days } from "../src/duration.ts";
import type { PasskeyCreationOptions } from "../src/features/passkeys/passkeys.ts";
import { virtualPasskey } from "../src/testing.ts";
import type { Browser } from "./browser.ts";
import { actionOf, factorsIn, reasonOf } from "./factors.ts";
import { openHouse } from "./house.ts";
import { pages } from "./pages.ts";
import { newAddress } from "./people.ts";

let house: Awaited<ReturnType<typeof openHouse>>;
let handle: ReturnType<typeof pages>;
beforeAll(async () => {
  house = await openHouse();
  handle = pages(house);
});
beforeEach(() => house.clock.advance(days(1)));

const { visit, enrolled, steppedUp } = factorsIn(
  () => house,
  () => handle,
);

const PASSKEYS = "/settings/passkeys";

/** What a thief may have under way, who got into a session of somebody with an app and a passkey. */
const CHANGES: Record<
  string,
  (thief: Browser, passkeyId: string) => Promise<() => Promise<Response>>
> = {
  "adding a passkey": async (thief) => {
    const asked = await thief.post(PASSKEYS, { intent: "options" });
    const { options } = await actionOf<{ options: PasskeyCreationOptions }>(asked);
    const response = virtualPasskey({ origin: "https://app.test" }).create(options);
    return () => thief.post(PASSKEYS, { intent: "register", response });
  },
  "removing a passkey": async (thief, id) => () => thief.post(PASSKEYS, { intent: "remove", id }),
  "removing the app": async (thief) => () =>
    thief.post("/settings/two-factor", { intent: "disable" }),
  "making backup codes": async (thief) => () =>
    thief.post("/settings/backup-codes", { intent: "regenerate" }),
  "asking for another address": async (thief) => () =>
    thief.post("/settings/email", { email: newAddress("thief") }),
  "wishing the account deleted": async (thief) => () =>
    thief.post("/settings/delete-account", { intent: "schedule" }),
};

describe("R43 a change that a thief has under way when the owner takes the account back", () => {
  it.each(Object.keys(CHANGES))("comes to nothing: %s", async (name) => {
    const { user, email } = await enrolled();
    await house.enrollPasskey(user);
    const passkeys = await protectionOf(user.id);
    const thief = await steppedUp(user);
    const act = await (CHANGES[name] as (typeof CHANGES)[string])(thief, passkeys[0] as string);
    const owner = visit();
    await owner.get(await disownLink(email));
    meanwhile(async () => {
      expect((await owner.post("/not-me")).status).toBe(200);
    });
    expect(await reasonOf(await act())).toBe("step_up_required");
    expect(await protectionOf(user.id)).toEqual(passkeys);
  });
});

/** Runs this once, before the next transaction begins. */
function meanwhile(happens: () => Promise<void>): void {
  const { db } = house.core;
  const transaction = db.transaction.bind(db);
  const spy = vi.spyOn(db, "transaction").mockImplementation(async (work) => {
    spy.mockRestore();
    await happens();
    return transaction(work);
  });
}

/** The passkeys, the app, the codes, and what waits to be done to the account. */
async function protectionOf(userId: string): Promise<string[]> {
  const { rows } = (await house.core.db.execute(
    `
    select id::text from passkeys where user_id = '${userId}'
    union all select secret from totp where user_id = '${userId}'
    union all select key from backup_codes where user_id = '${userId}'
    union all select details::text from tokens where user_id = '${userId}' and purpose = 'confirm-email'
    union all select due_at::text from account_deletions where user_id = '${userId}'
  ` as never,
  )) as { rows: { id: string }[] };
  return rows.map(({ id }) => id);
}

/** The "this wasn't me" in the newest mail. */
async function disownLink(email: string): Promise<string> {
  const mail = (await house.outbox()).find(({ to }) => to === email);
  return /^https:\/\/app\.test(\/not-me\?token=\S+)$/m.exec(mail?.text ?? "")?.[1] ?? "none";
}
