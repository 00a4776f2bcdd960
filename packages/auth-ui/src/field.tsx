import { type ComponentProps, type ReactNode, useId } from "react";

export interface FieldProps extends ComponentProps<"input"> {
  label: ReactNode;
  hint?: ReactNode;
  /** What is wrong with the value; marks the input as invalid. */
  error?: ReactNode;
}

/** A labelled `<input>` with its hint and error. Children stand beside the input; every other prop, className and ref is the input's. */
export function Field({ label, hint, error, children, ...input }: FieldProps) {
  const ownId = useId();
  const id = input.id ?? ownId;
  const hintId = hint ? `${id}-hint` : undefined;
  const errorId = error ? `${id}-error` : undefined;
  return (
    <div data-slot="field" data-invalid={error ? "" : undefined}>
      <label data-slot="field-label" htmlFor={id}>
        {label}
      </label>
      <div data-slot="field-control">
        <input
          data-slot="field-input"
          aria-invalid={error ? true : undefined}
          {...input}
          id={id}
          aria-describedby={idList(input["aria-describedby"], hintId, errorId)}
        />
        {children}
      </div>
      {hint && (
        <p data-slot="field-hint" id={hintId}>
          {hint}
        </p>
      )}
      {error && (
        <p data-slot="field-error" id={errorId}>
          {error}
        </p>
      )}
    </div>
  );
}

function idList(...ids: (string | undefined)[]): string | undefined {
  return ids.filter(Boolean).join(" ") || undefined;
}
