import { type RefObject, useEffect, useState } from "react";
import { useNavigation } from "react-router";

/**
 * Whether the form navigation now under way was started with this button. It goes by the submit event, because rows of a list
 * share action and intent and would otherwise all look busy.
 */
export function usePending(button: RefObject<HTMLButtonElement | null>): boolean {
  const navigating = useNavigation().formData !== undefined;
  const [sent, setSent] = useState(false);
  useEffect(() => {
    const note = (event: SubmitEvent) => setSent(isFrom(button.current, event));
    document.addEventListener("submit", note);
    return () => document.removeEventListener("submit", note);
  }, [button]);
  useEffect(() => (navigating ? () => setSent(false) : undefined), [navigating]);
  return sent && navigating;
}

/** A submit without a submitter (`form.requestSubmit()`) counts for every button of its form. */
function isFrom(button: HTMLButtonElement | null, { target, submitter }: SubmitEvent): boolean {
  return target === button?.form && (submitter ?? button) === button;
}
