import { type Ref, type RefObject, useImperativeHandle, useRef } from "react";

/** A ref for the part's own use on an element whose ref the app may have asked for as well. */
export function useOwnRef<E extends Element>(given: Ref<E> | undefined): RefObject<E | null> {
  const own = useRef<E>(null);
  useImperativeHandle(given, () => own.current!);
  return own;
}
