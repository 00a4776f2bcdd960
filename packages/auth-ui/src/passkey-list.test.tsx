// @vitest-environment happy-dom
import { render, screen, waitFor } from "@testing-library/react";
import { afterEach, describe, expect, it, vi } from "vitest";
import { describeConformance } from "../test/conformance.tsx";
import { type PasskeyInfo, PasskeyItem } from "./passkey-item.tsx";
import { PasskeyList } from "./passkey-list.tsx";
import { PasskeyOffer } from "./passkey-offer.tsx";

const passkey: PasskeyInfo = {
  id: "p1",
  name: "iCloud Keychain",
  isBackedUp: true,
  createdAt: "2026-11-20T08:00:00Z",
  lastUsedAt: new Date("2026-11-25T09:15:00Z"),
};

describeConformance("PasskeyList", "ul", (props) => (
  <PasskeyList {...props}>
    <li>one</li>
  </PasskeyList>
));

describeConformance("PasskeyItem", "li", (props) => (
  <PasskeyList>
    <PasskeyItem passkey={passkey} {...props}>
      <button type="submit">Remove</button>
    </PasskeyItem>
  </PasskeyList>
));

describeConformance("PasskeyOffer", "section", (props) => (
  <PasskeyOffer title="Next time without a password?" description="Use your face." {...props}>
    <a href="/">Not now</a>
  </PasskeyOffer>
));

describe("PasskeyItem", () => {
  const item = () => screen.getByRole("listitem");

  it("says what the passkey is called, when it came and when it was used", () => {
    render(<PasskeyItem passkey={passkey} />);
    expect([item().dataset.id, item().id]).toEqual(["p1", ""]);
    expect(item().textContent).toContain("iCloud Keychain Synced");
    const times = [...item().querySelectorAll("time")].map(({ dateTime }) => dateTime);
    expect(times).toEqual(["2026-11-20T08:00:00.000Z", "2026-11-25T09:15:00.000Z"]);
  });

  it("tells one device from many, and never from long ago, in the app's words", () => {
    const lonely = { ...passkey, isBackedUp: false, lastUsedAt: null };
    render(<PasskeyItem passkey={lonely} labels={{ never: "Noch nie" }} />);
    expect(item().hasAttribute("data-backed-up")).toBe(false);
    expect(item().textContent).not.toContain("Synced");
    expect(item().textContent).toContain("Noch nie");
  });
});

describe("PasskeyOffer", () => {
  afterEach(() => vi.unstubAllGlobals());

  const offer = () => (
    <PasskeyOffer title="Next time without a password?" description="Use your face.">
      <a href="/">Not now</a>
    </PasskeyOffer>
  );
  const shown = () => screen.queryByRole("region", { name: "Next time without a password?" });

  function device(keeps: () => Promise<boolean>): void {
    vi.stubGlobal("navigator", { ...navigator, credentials: {} });
    const known = { isUserVerifyingPlatformAuthenticatorAvailable: vi.fn(keeps) };
    vi.stubGlobal(
      "PublicKeyCredential",
      Object.assign(function PublicKeyCredential() {}, known),
    );
  }

  it("is made on a device that can keep a passkey", async () => {
    device(async () => true);
    render(offer());
    await waitFor(() => expect(shown()).not.toBeNull());
  });

  it.each([
    ["cannot", () => device(async () => false)],
    ["does not say", () => device(() => Promise.reject(new Error("no")))],
    ["knows no passkeys", () => vi.stubGlobal("PublicKeyCredential", undefined)],
  ])("is not made on one that %s", async (_, prepare) => {
    prepare();
    const { unmount } = render(offer());
    await Promise.resolve();
    expect(shown()).toBeNull();
    unmount();
  });
});
