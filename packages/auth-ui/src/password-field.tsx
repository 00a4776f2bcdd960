import { type ReactNode, useEffect, useId, useState } from "react";
import { Field, type FieldProps } from "./field.tsx";
import { useHydrated } from "./use-hydrated.ts";

/** There is no `value` and no `defaultValue`: a page never repeats a password. */
export interface PasswordFieldProps
  extends Omit<FieldProps, "type" | "value" | "defaultValue" | "children"> {
  autoComplete: "current-password" | "new-password";
  /** What the toggle does when pressed, "Show password" by default; it stays the same in both states. */
  toggleLabel?: ReactNode;
}

/** A Field for a password, with a `<button aria-pressed>` that shows what was typed. Without JavaScript there is no such button. */
export function PasswordField({ toggleLabel = "Show password", ...field }: PasswordFieldProps) {
  const ownId = useId();
  const id = field.id ?? ownId;
  const hydrated = useHydrated();
  const [shown, setShown] = useState(false);
  useEffect(() => (shown ? onSubmit(() => setShown(false)) : undefined), [shown]);
  return (
    <Field
      {...field}
      id={id}
      type={shown ? "text" : "password"}
      spellCheck={false}
      autoCapitalize="none"
      autoCorrect="off"
    >
      {hydrated && (
        <button
          type="button"
          data-slot="password-toggle"
          data-state={shown ? "shown" : "hidden"}
          aria-pressed={shown}
          aria-controls={id}
          onClick={() => setShown(!shown)}
        >
          {toggleLabel}
        </button>
      )}
    </Field>
  );
}

/** Browsers remember what was sent from a text input, so a shown password is hidden again before it leaves. */
function onSubmit(hide: () => void) {
  document.addEventListener("submit", hide, { capture: true });
  return () => document.removeEventListener("submit", hide, { capture: true });
}
