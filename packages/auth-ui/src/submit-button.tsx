import type { ComponentProps, MouseEvent, ReactNode } from "react";
import { isSecondOfDoubleClick } from "./double-click.ts";
import { useOwnRef } from "./use-own-ref.ts";
import { usePending } from "./use-pending.ts";

export interface SubmitButtonProps extends Omit<ComponentProps<"button">, "type"> {
  /** Stands in for the children while the form is under way. */
  pendingText?: ReactNode;
}

/**
 * The `<button type="submit">` of a form. While what it sent is under way it is `data-state="pending"` and a second press does
 * nothing; it is never `disabled`, which would lose the focus.
 */
export function SubmitButton(props: SubmitButtonProps) {
  const { pendingText, children, onClick, ref, ...button } = props;
  const own = useOwnRef(ref);
  const pending = usePending(own);
  // The router may not yet have said that the form is under way when the second half of a double click comes.
  // Enter in a field presses the form's first submit button as well, so this guards both.
  const press = (event: MouseEvent<HTMLButtonElement>) =>
    pending || isSecondOfDoubleClick(event) ? event.preventDefault() : onClick?.(event);
  return (
    <button
      data-slot="submit-button"
      {...button}
      ref={own}
      type="submit"
      data-state={pending ? "pending" : "idle"}
      aria-busy={pending || undefined}
      aria-disabled={pending || undefined}
      onClick={press}
    >
      {(pending && pendingText) || children}
    </button>
  );
}
