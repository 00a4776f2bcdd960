import { eq } from "drizzle-orm";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { seconds } from "../src/duration.ts";
import type { Session } from "../src/features/sessions/sessions.ts";
import type { RouteArgs } from "../src/router/visit.ts";
import type { Browser } from "./browser.ts";
import { actionOf, factorsIn, finish, hasSession, reasonOf } from "./factors.ts";
import { openHouse } from "./house.ts";
import { pages } from "./pages.ts";
import { register } from "./people.ts";
import * as schema from "./schema.ts";
import type { SiteRoute } from "./site.ts";

let house: Awaited<ReturnType<typeof openHouse>>;
let handle: ReturnType<typeof pages>;
/** What happens to somebody between two steps of a page. */
let happens: (userId: string) => Promise<unknown>;
beforeAll(async () => {
  house = await openHouse();
  handle = pages(house, slowPages());
});
beforeEach(() => {
  happens = async () => {};
});
const { visit, enrolled, challenged, steppedUp } = factorsIn(
  () => house,
  () => handle,
);

const SETTINGS = "/settings/two-factor";
const CHALLENGE = "__Host-login";

/** Pages that take their time with second factors. */
function slowPages(): Record<string, SiteRoute> {
  const { auth } = house;
  const slow = (
    path: string,
    work: (args: RouteArgs, session: Session) => Promise<unknown>,
  ): SiteRoute => ({
    path,
    action: async (args) => {
      const { session } = await auth.requireUser(args);
      await happens(session.userId);
      return work(args, session);
    },
  });
  return {
    "slow-begin": slow("slow-begin", (args, session) => auth.totp.begin(args, { session })),
    "slow-confirm": slow("slow-confirm", (args, session) =>
      auth.totp.confirm(args, { session, code: "000000" }),
    ),
    "slow-disable": slow("slow-disable", (args, session) => auth.totp.disable(args, { session })),
    "slow-regenerate": slow("slow-regenerate", (args, session) =>
      auth.backupCodes.regenerate(args, { session }),
    ),
    "slow-factor": {
      path: "slow-factor",
      action: async (args) => {
        const { intent, code } = await auth.readForm(args, ["intent", "code"]);
        const userId = (await auth.challengedUser(args)) as string;
        const feature = intent === "totp" ? auth.totp : auth.backupCodes;
        const result = await feature.verify(args, { userId, code });
        await happens(userId);
        return result.ok ? auth.finishLogin(args, result.proof) : result;
      },
    },
    "late-factor": {
      path: "late-factor",
      action: async (args) => {
        const userId = (await auth.challengedUser(args)) as string;
        await happens(userId);
        return auth.totp.verify(args, { userId, code: "000000" });
      },
    },
  };
}

async function codesOf(user: { id: string }): Promise<string[]> {
  const visitor = await steppedUp(user);
  const made = await visitor.post("/settings/backup-codes", { intent: "regenerate" });
  return (await actionOf<{ codes: string[] }>(made)).codes;
}

describe("R107 a code that two look at before one of them uses it", () => {
  it.each(["totp", "backup-code"] as const)("serves the faster alone, by %s", async (intent) => {
    const person = await enrolled();
    const [backup = ""] = await codesOf(person.user);
    const code = intent === "totp" ? await house.totpCode(person.secret) : backup;
    const [fast, slow] = [visit(), await challenged(person)];
    fast.adopt(await house.signInAs(person.user));
    happens = () => fast.post("/step-up", { intent, code });
    const late = await slow.post("/slow-factor", { intent, code });
    expect(late.headers.get("Location")).toBe("/login?refused=proof_outdated");
    expect(hasSession(slow)).toBe(false);
    expect((await fast.get("/strong")).status).toBe(200);
    await house.expectAudit("login.refused", person.user);
    const used = (await house.outbox()).filter(
      ({ to, subject }) => to === person.email && subject === "backup-code-used",
    );
    expect(used).toHaveLength(intent === "totp" ? 0 : 1);
  });

  it("R101 confirms an authenticator app once, and one of two is told that it is late", async () => {
    const visitor = visit();
    const email = await register(house, visitor);
    const begun = await visitor.post(SETTINGS, { intent: "enroll" });
    const { secret } = await actionOf<{ secret: string }>(begun);
    const code = await house.totpCode(secret);
    const press = () => visitor.post(SETTINGS, { intent: "confirm", code });
    const answers = await Promise.all([press(), press()]);
    expect(answers.map(({ status }) => status).sort()).toEqual([302, 400]);
    const late = answers.find(({ status }) => status === 400) as Response;
    expect(await reasonOf(late)).toBe("enrolment_expired");
    const told = (await house.outbox()).filter(
      ({ to, subject }) => to === email && subject === "totp-enabled",
    );
    expect(told).toHaveLength(1);
  });
});

describe("R50 R108 what protects an account", () => {
  it.each([...["/slow-begin", "/slow-confirm", "/slow-disable", "/slow-regenerate"]])(
    "is not changed by %s once the session has ended",
    async (path) => {
      const person = await enrolled();
      const visitor = await steppedUp(person.user);
      happens = async (id) => {
        await house.core.db.delete(schema.sessions).where(eq(schema.sessions.userId, id));
      };
      const refused = await visitor.post(path);
      expect(await reasonOf(refused)).toBe("step_up_required");
      expect(await challenged(person)).toSatisfy((waiting: Browser) => waiting.jar.has(CHALLENGE));
    },
  );
});

describe("R105 the last try", () => {
  it("of somebody whose account goes meanwhile is wrong like any other, and nobody gets mail", async () => {
    const { user, email } = await enrolled();
    for (let n = 0; n < 9; n++) {
      await finish(await challenged({ email }), "totp", "000000");
      await house.clock.advance(seconds(17));
    }
    const visitor = await challenged({ email });
    happens = async (id) => {
      await house.core.db.delete(schema.users).where(eq(schema.users.id, id));
    };
    expect(await reasonOf(await visitor.post("/late-factor"))).toBe("code_wrong");
    await house.expectAudit("factor.locked", user);
    expect((await house.outbox()).map(({ to, subject }) => [to, subject])).not.toContainEqual([
      ...[email, "second-factor-locked"],
    ]);
  });
});
