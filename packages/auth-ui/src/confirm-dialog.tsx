import * as Dialog from "@radix-ui/react-dialog";
import { type MouseEvent, type ReactNode, useState } from "react";
import { isSecondOfDoubleClick } from "./double-click.ts";
import { SubmitButton, type SubmitButtonProps } from "./submit-button.tsx";
import { useHydrated } from "./use-hydrated.ts";
import { useOwnRef } from "./use-own-ref.ts";

interface Question {
  title: ReactNode;
  description: ReactNode;
  /** The words on the button that goes ahead. */
  confirmLabel: ReactNode;
  /** The words on the button that does not, "Cancel" by default. */
  cancelLabel?: ReactNode;
}

export interface ConfirmDialogProps extends Omit<SubmitButtonProps, "title">, Question {}

/**
 * Asks before something that cannot be undone: the SubmitButton of its form, which opens a dialog first and sends the form, with
 * its own name and value, once that is confirmed. Without JavaScript it sends the form at once.
 */
export function ConfirmDialog(props: ConfirmDialogProps) {
  const { title, description, confirmLabel, cancelLabel, ref, onClick, ...button } = props;
  const trigger = useOwnRef(ref);
  const hydrated = useHydrated();
  const [open, setOpen] = useState(false);
  const ask = (event: MouseEvent<HTMLButtonElement>) => {
    onClick?.(event);
    if (event.defaultPrevented) return;
    event.preventDefault();
    setOpen(isReady(event.currentTarget));
  };
  const confirm = () => {
    trigger.current?.form?.requestSubmit(trigger.current);
    setOpen(false);
  };
  return (
    <Dialog.Root open={open} onOpenChange={setOpen}>
      <SubmitButton
        data-slot="confirm-dialog-trigger"
        aria-haspopup={hydrated ? "dialog" : undefined}
        {...button}
        ref={trigger}
        onClick={ask}
      />
      <Answers
        {...{ title, description, confirmLabel, cancelLabel }}
        onConfirm={confirm}
        onClosed={() => trigger.current?.focus()}
      />
    </Dialog.Root>
  );
}

/** Nobody is asked to confirm a form that the browser would then refuse to send; it points at the faulty field instead. */
function isReady({ form, formNoValidate }: HTMLButtonElement): boolean {
  return formNoValidate || !form || form.noValidate || form.reportValidity();
}

/**
 * Not Dialog.Overlay: it locks the scrolling with an inline `<style>`, which a strict Content-Security-Policy blocks. The focus
 * trap, Escape and the hiding of the page are Dialog.Content's own. To lock the scrolling as well, an app's CSS says
 * `body:has([data-slot="confirm-dialog"]) { overflow: hidden }`.
 */
function Answers(props: Question & { onConfirm: () => void; onClosed: () => void }) {
  return (
    <Dialog.Portal>
      <div data-slot="confirm-dialog-overlay" />
      <Dialog.Content
        data-slot="confirm-dialog"
        role="alertdialog"
        aria-modal="true"
        // A press beside the dialog is no answer; it may be the second half of a double click on the trigger.
        onPointerDownOutside={(event) => event.preventDefault()}
        onCloseAutoFocus={props.onClosed}
      >
        <Dialog.Title data-slot="confirm-dialog-title">{props.title}</Dialog.Title>
        <Dialog.Description data-slot="confirm-dialog-description">
          {props.description}
        </Dialog.Description>
        {/* The first of the two gets the focus. */}
        <Dialog.Close data-slot="confirm-dialog-cancel">
          {props.cancelLabel ?? "Cancel"}
        </Dialog.Close>
        <button
          type="button"
          data-slot="confirm-dialog-confirm"
          onClick={(event) => isSecondOfDoubleClick(event) || props.onConfirm()}
        >
          {props.confirmLabel}
        </button>
      </Dialog.Content>
    </Dialog.Portal>
  );
}
