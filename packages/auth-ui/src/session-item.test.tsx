// @vitest-environment happy-dom
import { render, screen } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { describeConformance } from "../test/conformance.tsx";
import { type SessionInfo, SessionItem } from "./session-item.tsx";
import { SessionList } from "./session-list.tsx";

const session: SessionInfo = {
  id: "s1",
  device: "Firefox on Linux",
  methods: ["Password", "Authenticator app"],
  ip: "192.0.2.7",
  firstSeen: "2026-11-20T08:00:00Z",
  lastSeen: new Date("2026-11-25T09:15:00Z"),
  current: false,
};

describeConformance("SessionItem", "li", (props) => (
  <SessionList>
    <SessionItem session={{ ...session, current: true }} {...props}>
      <button type="submit">Log out</button>
    </SessionItem>
  </SessionList>
));

describe("SessionItem", () => {
  it("can be told apart by its id, which is no id of the page", () => {
    render(<SessionItem session={session} />);
    expect(item().dataset.id).toBe("s1");
    expect(item().id).toBe("");
  });

  it("says which device, how the user came in, from where and when", () => {
    render(<SessionItem session={session} />);
    expect(item().textContent).toContain("Firefox on Linux");
    expect(fact("Logged in with")?.textContent).toBe("Password, Authenticator app");
    expect(fact("IP address")?.textContent).toBe("192.0.2.7");
    expect(fact("First seen")?.querySelector("time")?.dateTime).toBe("2026-11-20T08:00:00.000Z");
    expect(fact("Last seen")?.querySelector("time")?.dateTime).toBe("2026-11-25T09:15:00.000Z");
  });

  it("is silent about an address and methods that nobody recorded", () => {
    render(<SessionItem session={{ ...session, ip: null, methods: [] }} />);
    expect(fact("IP address")).toBeUndefined();
    expect(fact("Logged in with")).toBeUndefined();
  });

  it("marks this device and no other", () => {
    const { rerender } = render(<SessionItem session={{ ...session, current: true }} />);
    expect(item().hasAttribute("data-current")).toBe(true);
    expect(screen.getByText("This device")).toBeDefined();

    rerender(<SessionItem session={session} />);
    expect(item().hasAttribute("data-current")).toBe(false);
    expect(screen.queryByText("This device")).toBeNull();
  });

  it("speaks the app's language word by word", () => {
    render(
      <SessionItem session={{ ...session, current: true }} labels={{ current: "Dieses Gerät" }} />,
    );
    expect(screen.getByText("Dieses Gerät")).toBeDefined();
    expect(fact("Last seen")).toBeDefined();
  });

  it("has room for the app's own actions", () => {
    render(
      <SessionItem session={session}>
        <button type="submit">Log out</button>
      </SessionItem>,
    );
    expect(item().contains(screen.getByRole("button", { name: "Log out" }))).toBe(true);
  });
});

const item = () => screen.getByRole("listitem");
const fact = (term: string) =>
  [...document.querySelectorAll("dt")].find((dt) => dt.textContent === term)?.nextElementSibling;
