// @vitest-environment happy-dom
import { act, fireEvent, render, screen, waitFor } from "@testing-library/react";
import type { ReactElement } from "react";
import { createRoutesStub } from "react-router";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { describeConformance } from "../test/conformance.tsx";
import { page, serve } from "../test/page.tsx";
import { PasskeyForm, type PasskeyFormProps } from "./passkey-form.tsx";
import { SubmitButton } from "./submit-button.tsx";

const bytes = (...values: number[]) => Uint8Array.from(values).buffer;

/** The options a server gives; "-_8" is 0xfb 0xff in base64url. */
const CREATION = {
  challenge: "-_8",
  user: { id: "AQI", name: "ada@example.com" },
  excludeCredentials: [{ type: "public-key", id: "AwQ" }],
};
const REQUEST = { challenge: "-_8", allowCredentials: [{ type: "public-key", id: "AwQ" }] };

/** What an authenticator hands to the page. */
const credential = {
  id: "-_8",
  rawId: bytes(0xfb, 0xff),
  type: "public-key",
  response: {
    clientDataJSON: bytes(1),
    authenticatorData: bytes(2),
    signature: bytes(3),
    userHandle: null,
  },
  toJSON: () => ({ by: "the browser" }),
};

type Sent = Record<string, FormDataEntryValue>;

const create = vi.fn();
const get = vi.fn();
const conditional = vi.fn();

beforeEach(() => {
  for (const mock of [create, get, conditional]) mock.mockReset();
  get.mockResolvedValue(credential);
  create.mockResolvedValue(credential);
  conditional.mockResolvedValue(false);
  knowPasskeys();
});
afterEach(() => vi.unstubAllGlobals());

function knowPasskeys(more: object = {}): void {
  vi.stubGlobal("navigator", { ...navigator, credentials: { create, get } });
  const known = Object.assign(function PublicKeyCredential() {}, {
    isConditionalMediationAvailable: conditional,
    parseCreationOptionsFromJSON: (json: unknown) => ({ parsed: json }),
    parseRequestOptionsFromJSON: (json: unknown) => ({ parsed: json }),
    ...more,
  });
  vi.stubGlobal("PublicKeyCredential", known);
}

/** A page whose action answers with options, and what was posted to it. */
function open(
  props: Partial<PasskeyFormProps> & Pick<PasskeyFormProps, "kind">,
  answer: object = { ok: true, options: props.kind === "create" ? CREATION : REQUEST },
) {
  const sent: Sent[] = [];
  const action = async ({ request }: { request: Request }) => {
    const form = Object.fromEntries(await request.formData());
    sent.push(form);
    return form.intent === "options" ? answer : { done: true };
  };
  const form: ReactElement = (
    <PasskeyForm {...props}>
      <input type="email" name="email" aria-label="Email" defaultValue="ada@example.com" />
      <SubmitButton>Use a passkey</SubmitButton>
    </PasskeyForm>
  );
  const Stub = createRoutesStub([
    { path: "/", Component: () => form, action },
    { path: "/login/passkey", Component: () => null, action },
  ]);
  return { sent, ...render(<Stub />) };
}

const press = () => fireEvent.click(screen.getByRole("button", { name: "Use a passkey" }));
const says = (sentence: string | RegExp) =>
  waitFor(() => expect(screen.getByRole("status").textContent).toMatch(sentence));

describeConformance("PasskeyForm", "form", (props) => (
  <PasskeyForm kind="get" {...props}>
    <SubmitButton>Use a passkey</SubmitButton>
  </PasskeyForm>
));

describe("PasskeyForm", () => {
  it("says without JavaScript that it needs it, and has the fields of the contract", () => {
    const main = serve(
      page(
        <PasskeyForm kind="get" labels={{ noScript: "Geht nur mit JavaScript." }}>
          <SubmitButton>Use a passkey</SubmitButton>
        </PasskeyForm>,
      ),
    );
    expect(main.querySelector("noscript")?.innerHTML).toContain("Geht nur mit JavaScript.");
    const fields = [...main.querySelectorAll("input")].map(({ name, value }) => [name, value]);
    expect(fields).toEqual([
      ["intent", "verify"],
      ["response", ""],
    ]);
  });

  it.each([
    ["get", "verify", get, REQUEST],
    ["create", "register", create, CREATION],
  ] as const)(
    "asks for options, then the browser, and sends the answer: %s",
    async (kind, intent, call, options) => {
      const { sent } = open({ kind });
      press();
      await waitFor(() => expect(sent).toHaveLength(2));
      expect(sent[0]).toEqual({ intent: "options" });
      expect(call.mock.calls[0]?.[0].publicKey).toEqual({ parsed: options });
      expect(sent[1]).toEqual({
        ...{ intent, email: "ada@example.com" },
        response: JSON.stringify({ by: "the browser" }),
      });
    },
  );

  it("sends along the fields the options depend on, under the intents and to the path it is given", async () => {
    const { sent } = open({
      ...{ kind: "create", action: "/login/passkey", optionFields: ["email", "nothing"] },
      intent: "sign-up",
    });
    press();
    await waitFor(() => expect(sent).toHaveLength(2));
    expect(sent[0]).toEqual({ intent: "options", email: "ada@example.com", nothing: "" });
    expect(sent[1]?.intent).toBe("sign-up");
  });

  it("can be used again: the field is empty after it was sent", async () => {
    const { sent } = open({ kind: "get" });
    press();
    await waitFor(() => expect(sent).toHaveLength(2));
    await act(async () => {});
    expect(document.querySelector<HTMLInputElement>("[name=response]")?.value).toBe("");
    press();
    await waitFor(() => expect(sent).toHaveLength(4));
  });

  it("does not ask twice while the browser is being asked", async () => {
    get.mockReturnValue(new Promise(() => {}));
    const { sent } = open({ kind: "get" });
    press();
    await waitFor(() => expect(get).toHaveBeenCalledOnce());
    await says("Follow your browser.");
    fireEvent.submit(document.querySelector("form") as HTMLFormElement);
    await act(async () => {});
    expect(sent).toHaveLength(1);
  });

  it("leaves the form to an app that handles it itself", async () => {
    const { sent } = open({ kind: "get", onSubmit: (event) => event.preventDefault() });
    press();
    await act(async () => {});
    expect(sent).toEqual([]);
  });

  it("says so where the browser knows no passkeys", async () => {
    vi.stubGlobal("PublicKeyCredential", undefined);
    const { sent } = open({ kind: "get" });
    press();
    await says("This browser knows no passkeys.");
    expect(sent).toEqual([]);
  });

  it.each([
    ["NotAllowedError", "cancelled or took too long"],
    ["AbortError", "cancelled or took too long"],
    ["InvalidStateError", "on this device already"],
    ["SecurityError", "did not work"],
  ])("says in a sentence what %s means", async (name, sentence) => {
    create.mockRejectedValue(new DOMException("secret details", name));
    const { sent } = open({ kind: "create" });
    press();
    await says(new RegExp(sentence));
    expect(sent).toHaveLength(1);
    expect(screen.getByRole("status").closest("form")?.dataset.state).not.toBe("waiting");
  });

  it("has the app's sentence for a refusal of the server, and one of its own for others", async () => {
    const reasons = { rate_limited: "Zu viele Versuche." };
    const { unmount } = open({ kind: "get", reasons }, { ok: false, reason: "rate_limited" });
    press();
    await says("Zu viele Versuche.");
    unmount();
    open({ kind: "get", reasons }, { ok: false, reason: "other" });
    press();
    await says("did not work");
    expect(document.querySelector("form")?.dataset.state).toBe("failed");
  });
});

describe("R124 PasskeyForm with autofill", () => {
  it("offers passkeys in the field by itself, and sends the same form", async () => {
    conditional.mockResolvedValue(true);
    const { sent } = open({ kind: "get", autofill: true });
    await waitFor(() => expect(sent.length).toBeGreaterThan(2));
    expect(get.mock.calls[0]?.[0].mediation).toBe("conditional");
    // Still there after a refusal, the page offers again.
    expect(sent.slice(0, 3).map(({ intent }) => intent)).toEqual(["options", "verify", "options"]);
  });

  it("is ended by the button, and by leaving the page", async () => {
    conditional.mockResolvedValue(true);
    get.mockReturnValue(new Promise(() => {}));
    const { unmount } = open({ kind: "get", autofill: true });
    await waitFor(() => expect(get).toHaveBeenCalledOnce());
    press();
    await waitFor(() => expect(get).toHaveBeenCalledTimes(2));
    const [offered, asked] = get.mock.calls.map(([{ signal }]) => signal as AbortSignal);
    expect([offered?.aborted, asked?.aborted]).toEqual([true, false]);
    unmount();
    expect(asked?.aborted).toBe(true);
  });

  it.each([
    ["a refusal", { ok: false, reason: "rate_limited" }],
    ["an offer nobody took", undefined],
  ])("is silent about %s", async (_, answer) => {
    conditional.mockResolvedValue(true);
    get.mockRejectedValue(new DOMException("", "NotAllowedError"));
    const { sent } = open({ kind: "get", autofill: true }, answer);
    await waitFor(() => expect(sent).toHaveLength(1));
    await act(async () => {});
    expect(screen.getByRole("status").textContent).toBe("");
  });

  it.each([
    ["does not offer that", () => conditional.mockResolvedValue(false)],
    ["is older than that", () => knowPasskeys({ isConditionalMediationAvailable: undefined })],
    ["knows no passkeys", () => vi.stubGlobal("PublicKeyCredential", undefined)],
  ])("asks nobody where the browser %s", async (_, prepare) => {
    prepare();
    const { sent } = open({ kind: "get", autofill: true });
    await act(async () => {});
    expect(sent).toEqual([]);
  });
});

describe("PasskeyForm in a browser without JSON for passkeys", () => {
  const old = { parseCreationOptionsFromJSON: undefined, parseRequestOptionsFromJSON: undefined };
  const WRITTEN = { id: "-_8", rawId: "-_8", type: "public-key", clientExtensionResults: {} };
  const fails = () => {
    throw new TypeError("Illegal invocation");
  };

  it("reads options and writes answers itself, to log in", async () => {
    knowPasskeys(old);
    get.mockResolvedValue({ ...credential, toJSON: undefined });
    const { sent } = open({ kind: "get" });
    press();
    await waitFor(() => expect(sent).toHaveLength(2));
    expect(get.mock.calls[0]?.[0].publicKey).toEqual({
      challenge: Uint8Array.of(0xfb, 0xff),
      allowCredentials: [{ type: "public-key", id: Uint8Array.of(3, 4) }],
    });
    expect(JSON.parse(String(sent[1]?.response))).toEqual({
      ...WRITTEN,
      response: { clientDataJSON: "AQ", authenticatorData: "Ag", signature: "Aw" },
    });
  });

  it("does so to register, also when a password manager stands in the browser's place", async () => {
    knowPasskeys(old);
    const response = {
      ...{ clientDataJSON: bytes(1), attestationObject: bytes(2) },
      getTransports: () => ["usb"],
    };
    create.mockResolvedValue({ ...credential, response, toJSON: fails });
    const { sent } = open({ kind: "create" });
    press();
    await waitFor(() => expect(sent).toHaveLength(2));
    expect(create.mock.calls[0]?.[0].publicKey).toEqual({
      challenge: Uint8Array.of(0xfb, 0xff),
      user: { id: Uint8Array.of(1, 2), name: "ada@example.com" },
      excludeCredentials: [{ type: "public-key", id: Uint8Array.of(3, 4) }],
    });
    expect(JSON.parse(String(sent[1]?.response))).toEqual({
      ...WRITTEN,
      response: { clientDataJSON: "AQ", attestationObject: "Ag", transports: ["usb"] },
    });
  });
});
