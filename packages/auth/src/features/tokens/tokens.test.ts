import { eq, sql } from "drizzle-orm";
import { beforeAll, describe, expect, it } from "vitest";
import { ddl } from "../../../test/ddl.ts";
import { openHouse } from "../../../test/house.ts";
import { newAddress, newUser } from "../../../test/people.ts";
import * as schema from "../../../test/schema.ts";
import { hashCode } from "../../crypto/code.ts";
import { hashToken } from "../../crypto/token.ts";
import { hours, minutes, seconds } from "../../duration.ts";
import { PURPOSES, type TokenPurpose } from "./purposes.ts";
import { tokensStore } from "./store.ts";
import { tokens } from "./tokens.ts";

type House = Awaited<ReturnType<typeof openHouse>>;

let house: House;
let mint: ReturnType<typeof tokens>;
beforeAll(async () => {
  house = await openHouse();
  mint = tokens(house.core);
});

const purposes = Object.keys(PURPOSES) as TokenPurpose[];
const rowsOf = (userId: string) =>
  house.core.db
    .select({ token: schema.tokens })
    .from(schema.tokens)
    .where(eq(schema.tokens.userId, userId));

describe("R85 a token made for one purpose", () => {
  it.each(purposes)(
    "works for %s alone, and is not spent by being tried elsewhere",
    async (purpose) => {
      const { token } = await mint.issue({ purpose, user: await newUser(house) });
      for (const other of purposes.filter((name) => name !== purpose)) {
        expect([await mint.find(other, token), await mint.take(other, token)]).toEqual([
          null,
          null,
        ]);
      }
      expect(await mint.take(purpose, token)).not.toBeNull();
      expect(await mint.take(purpose, token)).toBeNull();
    },
  );

  it.each(purposes)("is held to %s by the database too", async (purpose) => {
    const { core } = house;
    const { token } = await mint.issue({ purpose, user: await newUser(house) });
    const hash = hashToken(core.keys.for("token"), purpose, token) as string;
    const store = tokensStore(core.db, core.tokens, core.users, core.now);
    for (const other of purposes.filter((name) => name !== purpose)) {
      expect([await store.find(other, hash), await store.take(other, hash)]).toEqual([null, null]);
    }
    expect(await store.take(purpose, hash)).not.toBeNull();
  });
});

describe("R86 how long a token is good", () => {
  it.each([
    ["verify-email", hours(24)],
    ["reset-password", minutes(30)],
    ["second-factor", minutes(10)],
  ] as const)("%s: to the second", async (purpose, lifetime) => {
    const user = await newUser(house);
    const { token, code } = await mint.issue({ purpose, user, flow: "flow" });
    await house.clock.advance(seconds(lifetime - 1));
    expect(await mint.find(purpose, token)).not.toBeNull();
    await house.clock.advance(seconds(1));
    const late = [await mint.find(purpose, token), await mint.take(purpose, token)];
    late.push(await mint.tryCode(purpose, "flow", code), await mint.findByFlow(purpose, "flow"));
    expect(late).toEqual([null, null, null, null]);
    expect(await rowsOf(user.id)).toHaveLength(1);
  });

  it("R48 what is over is swept out, and nothing else", async () => {
    const [over, good] = [await newUser(house), await newUser(house)];
    await mint.issue({ purpose: "second-factor", user: over });
    await mint.issue({ purpose: "verify-email", user: over });
    await mint.issue({ purpose: "reset-password", user: good });
    await house.clock.advance(minutes(11));
    await mint.deleteExpired();
    const left = [...(await rowsOf(over.id)), ...(await rowsOf(good.id))];
    expect(left.map(({ token }) => token.purpose)).toEqual(["verify-email", "reset-password"]);
  });
});

describe("R87 the newest token", () => {
  it("is the only one of its purpose, and leaves the other purposes alone", async () => {
    const user = await newUser(house);
    const issued = [];
    for (let n = 0; n < 3; n++)
      issued.push(await mint.issue({ purpose: "verify-email", user, flow: "f" }));
    const reset = await mint.issue({ purpose: "reset-password", user });
    const found = [];
    for (const { token } of issued) found.push(await mint.find("verify-email", token));
    expect(found.map(Boolean)).toEqual([false, false, true]);
    expect(await mint.tryCode("verify-email", "f", issued[1]?.code ?? "")).toBeNull();
    expect(await mint.tryCode("verify-email", "f", issued[2]?.code ?? "")).not.toBeNull();
    expect(await mint.find("reset-password", reset.token)).not.toBeNull();
  });

  it("has all its tries again, and none of the details, browser or address of the older one", async () => {
    const user = await newUser(house);
    await mint.issue({ purpose: "verify-email", user, flow: "old", details: { old: true } });
    for (let n = 0; n < 5; n++) await mint.tryCode("verify-email", "old", "none");
    const { token, code } = await mint.issue({ purpose: "verify-email", user, flow: "new" });
    expect(await mint.findByFlow("verify-email", "old")).toBeNull();
    expect(await mint.find("verify-email", token)).toMatchObject({ details: {}, codeTries: 0 });
    expect(await mint.tryCode("verify-email", "new", code)).not.toBeNull();
    const second = await mint.issue({ purpose: "verify-email", user });
    expect(await mint.find("verify-email", second.token)).toMatchObject({
      flowHash: null,
      codeHash: null,
    });
  });

  it("is the only one because the database says so, in whatever app", async () => {
    expect((await ddl()).join("\n")).toMatch(
      /UNIQUE INDEX "tokens_one_per_user_and_purpose" ON "tokens" .*\("user_id","purpose"\)/,
    );
  });

  it("of one user is no business of another's", async () => {
    const [one, two] = [await newUser(house), await newUser(house)];
    const first = await mint.issue({ purpose: "reset-password", user: one });
    await mint.issue({ purpose: "reset-password", user: two });
    expect((await mint.find("reset-password", first.token))?.userId).toBe(one.id);
    await mint.issue({ purpose: "verify-email", user: two });
    expect(await rowsOf(two.id)).toHaveLength(2);
    await mint.deleteOf(two.id);
    expect(await rowsOf(two.id)).toEqual([]);
    expect(await mint.find("reset-password", first.token)).not.toBeNull();
  });
});

describe("the browser that asked for a token", () => {
  it("finds it without the link, and is told from every other", async () => {
    const user = await newUser(house);
    const { token } = await mint.issue({ purpose: "verify-email", user, flow: "here" });
    const row = await mint.find("verify-email", token);
    expect(await mint.findByFlow("verify-email", "here")).toEqual(row);
    expect(row).toMatchObject({ userId: user.id, address: user.email });
    const from = [await mint.findByFlow("verify-email", "there"), row].map((found) =>
      ["here", "there", "", null].map((flow) => found && mint.isFrom(found, flow)),
    );
    expect(from).toEqual([Array(4).fill(null), [true, false, false, false]]);
  });
});

describe("R85 a token is bound to the address it was sent to", () => {
  it.each(purposes)("%s dies when the user's address becomes another", async (purpose) => {
    const user = await newUser(house);
    const { token, code } = await mint.issue({ purpose, user, flow: `flow of ${user.id}` });
    const email = newAddress("moved");
    await house.core.db.update(schema.users).set({ email }).where(eq(schema.users.id, user.id));
    const row = {
      ...user,
      purpose,
      tokenHash: hashToken(house.core.keys.for("token"), purpose, token),
    };
    expect([
      await mint.find(purpose, token),
      await mint.findByFlow(purpose, `flow of ${user.id}`),
      await mint.tryCode(purpose, `flow of ${user.id}`, code),
      await mint.takeRow(row as never),
      await mint.take(purpose, token),
    ]).toEqual([null, null, null, null, null]);
  });

  it('but a "this wasn\'t me" of a proven address outlives the change that it is there to undo, and what kills all other tokens', async () => {
    const user = await newUser(house);
    const { token } = await mint.issue({ purpose: "disown", user, details: { isProven: true } });
    const email = newAddress("moved");
    await house.core.db.update(schema.users).set({ email }).where(eq(schema.users.id, user.id));
    await mint.deleteOf(user.id);
    expect(await mint.take("disown", token)).toMatchObject({ address: user.email });
  });

  it("and goes with the user", async () => {
    const user = await newUser(house);
    await mint.issue({ purpose: "reset-password", user });
    await house.core.db.delete(schema.users).where(eq(schema.users.id, user.id));
    expect(await rowsOf(user.id)).toEqual([]);
  });
});

describe("R91 a code", () => {
  async function issued(flow: string) {
    const user = await newUser(house);
    const made = await mint.issue({ purpose: "verify-email", user, flow });
    return { ...made, user, wrong: made.code === "000000" ? "000001" : "000000" };
  }

  it("is right up to the fifth try and burnt after it; the link stays good", async () => {
    const lucky = await issued("lucky");
    for (let n = 0; n < 4; n++)
      expect(await mint.tryCode("verify-email", "lucky", lucky.wrong)).toBeNull();
    expect(await mint.tryCode("verify-email", "lucky", lucky.code)).not.toBeNull();
    const late = await issued("late");
    for (let n = 0; n < 5; n++)
      expect(await mint.tryCode("verify-email", "late", late.wrong)).toBeNull();
    expect(await mint.tryCode("verify-email", "late", late.code)).toBeNull();
    expect(await mint.take("verify-email", late.token)).not.toBeNull();
  });

  it("costs a try also when it is right: knowing it once is not knowing it for ever", async () => {
    const { code } = await issued("again");
    const answers = [];
    for (let n = 0; n < 6; n++) answers.push(await mint.tryCode("verify-email", "again", code));
    expect(answers.map(Boolean)).toEqual([true, true, true, true, true, false]);
  });

  it("is worth nothing in another browser, and costs the right one no try", async () => {
    const { code, user } = await issued("mine");
    await issued("yours");
    for (const flow of ["yours", "", "mine ", "MINE"]) {
      expect(await mint.tryCode("verify-email", flow, code)).toBeNull();
    }
    const [row] = await rowsOf(user.id);
    expect(row?.token.codeTries).toBe(0);
    expect(await mint.tryCode("verify-email", "mine", code)).not.toBeNull();
  });

  it("R168 is hashed with a key for codes alone, so that a leak of another key guesses none", async () => {
    const { code, user } = await issued("keyed");
    const [row] = await rowsOf(user.id);
    const { codeHash, tokenHash = "" } = row?.token ?? {};
    expect(codeHash).toBe(hashCode(house.core.keys.for("code"), code, tokenHash));
    expect(codeHash).not.toBe(hashCode(house.core.keys.for("token"), code, tokenHash));
  });

  it("exists only for a token whose browser is known", async () => {
    const user = await newUser(house);
    const { token, code } = await mint.issue({ purpose: "verify-email", user });
    const row = await mint.find("verify-email", token);
    expect(row).toMatchObject({ codeHash: null, flowHash: null });
    expect(await mint.tryCode("verify-email", "", code)).toBeNull();
    expect([mint.isFrom(row as never, null), mint.isFrom(row as never, "")]).toEqual([
      false,
      false,
    ]);
  });
});

describe("R32 R168 what is stored", () => {
  it("opens nothing: no column of the table works as token, code or browser", async () => {
    const user = await newUser(house);
    const { token, code } = await mint.issue({ purpose: "verify-email", user, flow: "the flow" });
    const [row] = await rowsOf(user.id);
    const stored = Object.values(row?.token ?? {}).map(String);
    for (const text of stored) {
      expect([token, code, "the flow"].some((secret) => text.includes(secret))).toBe(false);
      expect(await mint.find("verify-email", text)).toBeNull();
      expect(await mint.take("verify-email", text)).toBeNull();
      expect(await mint.tryCode("verify-email", text, code)).toBeNull();
      expect(await mint.tryCode("verify-email", "the flow", text)).toBeNull();
    }
  });
});

describe("a token taken in a transaction that fails", () => {
  it("is not spent", async () => {
    const { token } = await mint.issue({ purpose: "reset-password", user: await newUser(house) });
    const failed = house.core.db.transaction(async (tx) => {
      expect(await tokens(house.core, tx).take("reset-password", token)).not.toBeNull();
      await tx.execute(sql`select 1 / 0`);
    });
    await expect(failed).rejects.toThrow();
    expect(await mint.take("reset-password", token)).not.toBeNull();
  });
});

it("junk is no token, and never an error", async () => {
  for (const junk of [
    "",
    "x",
    "A".repeat(48),
    "\0".repeat(48),
    "é".repeat(48),
    "'; drop table tokens",
  ]) {
    expect([
      await mint.find("reset-password", junk),
      await mint.take("reset-password", junk),
    ]).toEqual([null, null]);
    expect(await mint.tryCode("verify-email", junk, junk)).toBeNull();
  }
});
