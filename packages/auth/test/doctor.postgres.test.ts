import { join } from "node:path";
import { afterEach, beforeAll, expect, it, vi } from "vitest";
import type { Patient } from "../../generator/src/doctor/finding.ts";
import { mails } from "../../generator/src/doctor/mails.ts";
import { hours } from "../src/duration.ts";
import { deliverDue } from "../src/features/outbox/delivery.ts";
import { outbox } from "../src/features/outbox/outbox.ts";
import { newDatabase, openNode } from "./postgres.ts";

let url: string;
let house: Awaited<ReturnType<typeof openNode>>["house"];
beforeAll(async () => {
  url = await newDatabase();
  ({ house } = await openNode(url, {}));
});
afterEach(() => void vi.unstubAllEnvs());

/** What `npx auth-rr doctor` finds about mail in an app with this database, whose driver is the one of this package. */
async function examined(databaseUrl: string) {
  vi.stubEnv("DATABASE_URL", databaseUrl);
  const app = { project: { root: join(import.meta.dirname, "..") }, read: () => null };
  const patient = { ...app, lock: { options: { tablePrefix: "" } } } as unknown as Patient;
  return mails(patient);
}

/** Fails until nothing is tried again. */
async function giveUp() {
  const template = () => ({ subject: "", text: "", html: "" });
  const send = () => Promise.reject(new Error("no"));
  const mail = {
    from: "auth@app.test",
    templates: { "email-code": template, "magic-link": template },
    transport: { send },
  };
  for (let tries = 0; tries < 8; tries += 1) {
    await deliverDue(house.core, mail);
    await house.clock.advance(hours(12));
  }
}

it("the doctor tells how many mails of which kind were given up and since when, and nothing of them", async () => {
  const { core } = house;
  expect(await examined(url)).toEqual([]);
  const device = "Firefox on Linux";
  const link = { url: "https://app.test/login/magic-link?token=secret", device };
  await outbox(core).queue("magic-link", "ada@example.com", link);
  await outbox(core).queue("magic-link", "grace@example.com", link);
  await outbox(core).queue("email-code", "ada@example.com", { code: "271828", device });
  expect(await examined(url)).toEqual([]);
  vi.spyOn(console, "error").mockImplementation(() => {});
  await giveUp();
  const [finding, ...others] = await examined(url);
  expect(others).toEqual([]);
  expect(finding).toMatchObject({
    level: "advice",
    message: expect.stringMatching(
      /^3 mails were given up since 2\d{3}-\d\d-\d\d \d\d:\d\d UTC: 1 email-code, 2 magic-link\.$/,
    ),
  });
});

it.each([
  ["of a server that is not there", () => "postgres://ada:secret@127.0.0.1:1/app", "ECONNREFUSED"],
  ["without the tables", () => url.replace(/[^/]*$/, "postgres"), "42P01"],
])(
  "the doctor says that it could not ask a database %s, and not which",
  async (_what, of, code) => {
    const found = await examined(of());
    expect(found).toMatchObject([{ level: "advice", message: expect.stringContaining(code) }]);
    expect(JSON.stringify(found)).not.toMatch(/127\.0\.0\.1|secret|ada/);
  },
);

it.each(["", "memory://", "./.data"])("the doctor leaves %j alone", async (databaseUrl) => {
  expect(await examined(databaseUrl)).toEqual([]);
});
