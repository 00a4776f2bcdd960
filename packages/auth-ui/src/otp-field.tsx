import { Field, type FieldProps } from "./field.tsx";

export type OtpFieldProps = Omit<
  FieldProps,
  "type" | "inputMode" | "autoComplete" | "pattern" | "maxLength"
>;

/** People copy codes as "123 456", often with a space at either end. */
const SIX_DIGITS = String.raw`\s*[0-9]{3}\s?[0-9]{3}\s*`;
const ROOM_FOR_SPACES = 10;

/** A Field for a code of six digits: one real `<input>`, which phones fill in from the message. The value may contain spaces. */
export function OtpField(props: OtpFieldProps) {
  return (
    <Field
      title="6 digits"
      autoCapitalize="none"
      autoCorrect="off"
      spellCheck={false}
      {...props}
      type="text"
      inputMode="numeric"
      autoComplete="one-time-code"
      pattern={SIX_DIGITS}
      maxLength={ROOM_FOR_SPACES}
    />
  );
}
