import { Field, type FieldProps } from "./field.tsx";

export type BackupCodeFieldProps = Omit<FieldProps, "type" | "autoComplete" | "maxLength">;

/** Sixteen characters, with room for the spaces and dashes people put between them. */
const ROOM_FOR_SPACES = 40;

/** A Field for a backup code, typed from paper: one real `<input>` that nothing fills in, corrects or capitalizes. */
export function BackupCodeField(props: BackupCodeFieldProps) {
  return (
    <Field
      autoCapitalize="none"
      autoCorrect="off"
      spellCheck={false}
      {...props}
      type="text"
      autoComplete="off"
      maxLength={ROOM_FOR_SPACES}
    />
  );
}
