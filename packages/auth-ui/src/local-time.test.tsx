// @vitest-environment happy-dom
import { afterEach, describe, expect, it, vi } from "vitest";
import { describeConformance } from "../test/conformance.tsx";
import { hydrate, serve } from "../test/page.tsx";
import { LocalTime } from "./local-time.tsx";

describeConformance("LocalTime", "time", (props) => (
  <LocalTime value="2026-11-25T23:30:00Z" {...props} />
));

describe("LocalTime", () => {
  afterEach(() => vi.unstubAllEnvs());

  it("says the time in UTC wherever the server stands", () => {
    vi.stubEnv("TZ", "Asia/Tokyo");
    const main = serve(<LocalTime value={new Date("2026-11-25T23:30:59Z")} />);
    expect(main.textContent).toBe("2026-11-25 23:30 UTC");
    expect(main.querySelector("time")?.dateTime).toBe("2026-11-25T23:30:59.000Z");
  });

  it("says it in the visitor's own zone once JavaScript runs", async () => {
    const element = <LocalTime value="2026-11-25T23:30:00Z" />;
    const main = serve(element);
    vi.stubEnv("TZ", "Asia/Tokyo");
    const leave = await hydrate(main, element);
    expect(main.textContent).toMatch(/26.*8:30/);
    expect(main.querySelector("time")?.dateTime).toBe("2026-11-25T23:30:00.000Z");
    leave();
  });
});
