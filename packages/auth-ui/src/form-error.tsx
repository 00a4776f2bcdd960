import { type ComponentProps, useEffect } from "react";
import { useActionData } from "react-router";
import { useOwnRef } from "./use-own-ref.ts";

export type FormErrorProps = ComponentProps<"div">;

/**
 * Why a form was refused: a `<div role="alert">`, or nothing without children. It takes the focus when it appears and after every
 * further refusal, so that whoever cannot see the page learns of it.
 */
export function FormError(props: FormErrorProps) {
  return props.children ? <Alert {...props} /> : null;
}

function Alert({ ref, ...alert }: FormErrorProps) {
  const own = useOwnRef(ref);
  const answer = useActionData();
  // biome-ignore lint/correctness/useExhaustiveDependencies: each answer is a refusal of its own, even in the same words
  useEffect(() => own.current?.focus(), [own, answer]);
  return <div data-slot="form-error" tabIndex={-1} {...alert} ref={own} role="alert" />;
}
