// @vitest-environment happy-dom
import { render } from "@testing-library/react";
import { afterEach, expect, it, vi } from "vitest";
import { ReloadWhenRestored } from "./reload-when-restored.tsx";

afterEach(() => vi.restoreAllMocks());

function show(persisted: boolean): void {
  dispatchEvent(Object.assign(new Event("pageshow"), { persisted }));
}

it("R57 asks the server again when the page comes back from the back/forward cache, and only then", () => {
  const reload = vi.spyOn(location, "reload").mockImplementation(() => {});
  const { container, unmount } = render(<ReloadWhenRestored />);
  expect(container.innerHTML).toBe("");
  show(false);
  expect(reload).not.toHaveBeenCalled();
  show(true);
  expect(reload).toHaveBeenCalledTimes(1);
  unmount();
  show(true);
  expect(reload).toHaveBeenCalledTimes(1);
});
