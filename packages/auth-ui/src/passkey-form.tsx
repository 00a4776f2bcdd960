import type { ReactNode, Ref, SubmitEvent } from "react";
import { Form, type FormProps } from "react-router";
import { useOwnRef } from "./use-own-ref.ts";
import { type PasskeyStatus, usePasskey } from "./use-passkey.ts";

export interface PasskeyFormLabels {
  waiting: string;
  unsupported: string;
  noScript: string;
  cancelled: string;
  exists: string;
  failed: string;
}

export interface PasskeyFormProps extends Omit<FormProps, "method" | "children" | "action"> {
  /** Whether a passkey is made or asked for. */
  kind: "create" | "get";
  /** Where both posts go; this page unless said otherwise. */
  action?: string;
  /** The `intent` that answers with options. */
  optionsIntent?: string;
  /** The `intent` that takes the field `response`; "register" or "verify" unless said otherwise. */
  intent?: string;
  /** Fields of the form that the options depend on, such as the email of a registration. */
  optionFields?: readonly string[];
  /** Offers passkeys in the page's field with `autoComplete="username webauthn"` as well. */
  autofill?: boolean;
  /** The sentence for each reason that the options are refused with. */
  reasons?: Readonly<Record<string, string>>;
  ref?: Ref<HTMLFormElement>;
  /** Replaces the English words one by one. */
  labels?: Partial<PasskeyFormLabels>;
  /** The form's own fields and its button. */
  children: ReactNode;
}

const ENGLISH: PasskeyFormLabels = {
  waiting: "Follow your browser.",
  unsupported: "This browser knows no passkeys. Please choose another way.",
  noScript: "Passkeys need JavaScript. Please choose another way.",
  cancelled: "That was cancelled or took too long. Please try again.",
  exists: "There is a passkey for you on this device already.",
  failed: "That did not work. Please try again.",
};

/**
 * A `<form>` that asks the browser for a passkey when it is sent, and goes on with the answer in its hidden field `response`.
 * Says in one sentence how it went, and without JavaScript why it does not.
 */
export function PasskeyForm({
  kind,
  action,
  optionsIntent = "options",
  intent = kind === "create" ? "register" : "verify",
  optionFields = [],
  autofill = false,
  reasons = {},
  labels,
  children,
  onSubmit,
  ref,
  ...form
}: PasskeyFormProps) {
  const own = useOwnRef(ref);
  const ceremony = { kind, action, optionsIntent, optionFields, autofill };
  const { status, start } = usePasskey(own, ceremony);
  const words = { ...ENGLISH, ...labels };

  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    onSubmit?.(event);
    const isAnswered = new FormData(event.currentTarget).get("response") !== "";
    if (event.defaultPrevented || isAnswered) return;
    event.preventDefault();
    if (status !== "waiting") start();
  };

  return (
    <Form
      data-slot="passkey-form"
      {...form}
      {...(action !== undefined && { action })}
      ref={own}
      method="post"
      data-state={typeof status === "string" ? status : "failed"}
      onSubmit={submit}
    >
      <input type="hidden" name="intent" value={intent} />
      <input type="hidden" name="response" defaultValue="" />
      {children}
      <p data-slot="passkey-status" role="status">
        {sentenceFor(status, words, reasons)}
      </p>
      <noscript>
        <p data-slot="passkey-no-script">{words.noScript}</p>
      </noscript>
    </Form>
  );
}

function sentenceFor(
  status: PasskeyStatus,
  words: PasskeyFormLabels,
  reasons: Readonly<Record<string, string>>,
): string | null {
  if (status === "idle") return null;
  if (typeof status === "string") return words[status];
  return reasons[status.reason] ?? words.failed;
}
