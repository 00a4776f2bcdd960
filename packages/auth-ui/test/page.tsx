import { act } from "@testing-library/react";
import type { ReactElement } from "react";
import { hydrateRoot } from "react-dom/client";
import { renderToString } from "react-dom/server";
import { type ActionFunction, createRoutesStub } from "react-router";

/** The element as the content of a route of a running app. */
export function page(element: ReactElement, action: ActionFunction = () => null): ReactElement {
  const Stub = createRoutesStub([{ path: "/", Component: () => element, action }]);
  return <Stub />;
}

/** A document with what the server sends for the element: no JavaScript has run. */
export function serve(element: ReactElement): HTMLElement {
  const main = document.createElement("main");
  main.innerHTML = renderToString(element);
  document.body.replaceChildren(main);
  return main;
}

/** Lets JavaScript run on a document from `serve`; hands back how to leave the page again. */
export async function hydrate(main: HTMLElement, element: ReactElement): Promise<() => void> {
  const onRecoverableError = (mismatch: unknown) => console.error(mismatch);
  const root = await act(async () => hydrateRoot(main, element, { onRecoverableError }));
  return () => act(() => root.unmount());
}
