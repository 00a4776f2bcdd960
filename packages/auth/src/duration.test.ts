import { expect, it } from "vitest";
import { days, hours, minutes, seconds } from "./duration.ts";

it("lengths of time are counted in seconds", () => {
  expect([seconds(1), minutes(1), hours(1), days(1)]).toEqual([1, 60, 3_600, 86_400]);
  expect([minutes(90), hours(24), days(30)]).toEqual([hours(1.5), days(1), 2_592_000]);
});
