import { type RefObject, useEffect, useRef, useState } from "react";
import { useFetcher, useLocation } from "react-router";
import {
  createPasskey,
  getPasskey,
  knowsPasskeys,
  offersPasskeys,
  type PasskeyOptionsJson,
  stopAsking,
} from "./passkey-ceremony.ts";

/** How a ceremony goes; a reason of the server's stands for itself. */
export type PasskeyStatus = "idle" | "waiting" | PasskeyTrouble;

export type PasskeyTrouble = "unsupported" | "cancelled" | "exists" | "failed" | { reason: string };

interface Ceremony {
  kind: "create" | "get";
  action: string | undefined;
  optionsIntent: string;
  /** Fields of the form that the options depend on. */
  optionFields: readonly string[];
  autofill: boolean;
}

type OptionsAnswer = { ok: true; options: PasskeyOptionsJson } | { ok: false; reason: string };

/** Asks the server for options, the browser for a passkey, and sends the form with the answer in its field `response`. */
export function usePasskey(form: RefObject<HTMLFormElement | null>, ceremony: Ceremony) {
  const { kind, action, optionsIntent, optionFields, autofill } = ceremony;
  const { submit, data, state } = useFetcher<OptionsAnswer>();
  const [status, setStatus] = useState<PasskeyStatus>("idle");
  const asking = useRef<"button" | "autofill" | null>(null);
  const visit = useLocation().key;

  function ask(by: "button" | "autofill"): void {
    asking.current = by;
    const named = form.current ? new FormData(form.current) : new FormData();
    const fields = optionFields.map((name) => [name, String(named.get(name) ?? "")]);
    submit(Object.fromEntries([["intent", optionsIntent], ...fields]), {
      method: "post",
      ...(action !== undefined && { action }),
    });
  }

  function start(): void {
    const isKnown = knowsPasskeys();
    setStatus(isKnown ? "waiting" : "unsupported");
    if (isKnown) ask("button");
  }

  async function go(by: "button" | "autofill", options: PasskeyOptionsJson): Promise<void> {
    try {
      const mediation = by === "autofill" ? "conditional" : "optional";
      const response = await (kind === "create"
        ? createPasskey(options)
        : getPasskey(options, mediation));
      send(form.current, response);
      setStatus("idle");
    } catch (error) {
      // Whoever did not touch the offer in the field must not read of its end.
      if (by === "button") setStatus(troubleOf(error));
    }
  }

  // biome-ignore lint/correctness/useExhaustiveDependencies: each answer of the server is gone on with once
  useEffect(() => {
    const by = asking.current;
    if (state !== "idle" || !data || !by) return;
    asking.current = null;
    if (data.ok) void go(by, data.options);
    else if (by === "button") setStatus({ reason: data.reason });
  }, [state, data]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: every visit, a refusal too, needs a question of its own
  useEffect(() => {
    if (!autofill) return;
    let isHere = true;
    offersPasskeys().then((offers) => offers && isHere && ask("autofill"));
    return () => {
      isHere = false;
      stopAsking();
    };
  }, [autofill, visit]);

  return { status, start };
}

/** React Router reads the form as it is sent, so the field can be empty again for the next try. */
function send(form: HTMLFormElement | null, response: string): void {
  const field = form?.elements.namedItem("response");
  if (!(field instanceof HTMLInputElement)) return;
  field.value = response;
  // Named, so that the button is pending while the form is under way.
  form?.requestSubmit(form.querySelector<HTMLButtonElement>("[type=submit]"));
  field.value = "";
}

/** WebAuthn Level 3 sections 5.1.3 and 5.1.4. */
function troubleOf(error: unknown): PasskeyTrouble {
  const { name } = error as Error;
  if (name === "NotAllowedError" || name === "AbortError") return "cancelled";
  return name === "InvalidStateError" ? "exists" : "failed";
}
