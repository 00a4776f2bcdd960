import { expect, it, vi } from "vitest";
import { type Boss, pgBoss } from "../src/features/outbox/pg-boss.ts";

const down = async () => Promise.reject(new TypeError("postgres://user:password@host"));

it("R97 says so when pg-boss was not started, without what it was to connect to, and fails no request", async () => {
  const logged = vi.spyOn(console, "error").mockImplementation(() => {});
  const boss: Boss = { createQueue: down, send: down, work: down, schedule: down, offWork: down };
  const worker = pgBoss(boss)(async () => 0);
  worker.kick();
  worker.stop();
  await vi.waitFor(() => expect(logged).toHaveBeenCalledTimes(3));
  expect(logged.mock.calls.join()).toMatch(/pg-boss does not take jobs.*TypeError/);
  expect(logged.mock.calls.join()).not.toContain("password");
  logged.mockRestore();
});

it("says so too when what it fails with is no error", async () => {
  const logged = vi.spyOn(console, "error").mockImplementation(() => {});
  const odd = () => Promise.reject("odd");
  pgBoss({ createQueue: odd, send: odd, work: odd, schedule: odd, offWork: odd })(async () => 0);
  await vi.waitFor(() => expect(String(logged.mock.calls)).toContain("unknown"));
  logged.mockRestore();
});

it("R97 delivers until nothing is due, when a job says that there is mail", async () => {
  let work = async () => {};
  const left = [10, 10, 3, 0];
  const boss: Boss = {
    createQueue: async () => {},
    send: () => work().then(() => null),
    work: async (_name, handler) => {
      work = handler;
      return "";
    },
    schedule: async () => {},
    offWork: async () => {},
  };
  const worker = pgBoss(boss)(async () => left.shift() ?? 0);
  worker.kick();
  await vi.waitFor(() => expect(left).toEqual([]));
  worker.stop();
});
