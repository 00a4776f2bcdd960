import axe from "axe-core";
import type { ReactElement } from "react";
import { afterEach, beforeEach, describe, expect, it, type MockInstance, vi } from "vitest";
import { hydrate, page, serve } from "./page.tsx";

/** What an app may hand to any part besides its own props. */
export interface AppProps {
  className: string;
  "data-testid": string;
  ref: (element: Element | null) => void;
}

/** The promises every part of the kit keeps. `tag` is the element that className, ref and unknown props belong to. */
export function describeConformance(
  name: string,
  tag: keyof HTMLElementTagNameMap | "svg",
  part: (props: AppProps) => ReactElement,
) {
  describe(`${name}, like every part`, () => {
    const ref = vi.fn();
    const element = page(part({ className: "mine", "data-testid": "part", ref }));
    const found = () => document.querySelector("[data-testid=part]");
    let complaints: MockInstance;
    let leave = () => {};

    beforeEach(() => {
      complaints = vi.spyOn(console, "error");
    });
    afterEach(() => {
      leave();
      complaints.mockRestore();
      ref.mockReset();
    });

    it(`puts className and unknown props on its <${tag}>`, () => {
      serve(element);
      expect(found()?.localName).toBe(tag);
      expect(found()?.className).toBe("mine");
    });

    it(`hands out its <${tag}> as ref`, async () => {
      leave = await hydrate(serve(element), element);
      expect(ref).toHaveBeenCalledWith(found());
    });

    it("says with data-slot what it is", () => {
      serve(element);
      expect(found()?.getAttribute("data-slot")).toMatch(/^[a-z-]+$/);
    });

    it("renders on the server and hydrates without a complaint", async () => {
      leave = await hydrate(serve(element), element);
      expect(complaints).not.toHaveBeenCalled();
    });

    it("R84 needs no inline style, script or event handler", async () => {
      const main = serve(element);
      expect(main.innerHTML).not.toMatch(/<style|<script|\sstyle=|\son[a-z]+=/);
      leave = await hydrate(main, element);
      expect(document.querySelectorAll("style, script")).toHaveLength(0);
    });

    it("is accessible before and after JavaScript runs", async () => {
      const main = serve(element);
      expect(await violations(main)).toEqual([]);
      leave = await hydrate(main, element);
      expect(await violations(main)).toEqual([]);
    });
  });
}

/** What axe holds against the element, one line each; colours are the app's. */
export async function violations(element: Element): Promise<string[]> {
  const results = await axe.run(element, { rules: { "color-contrast": { enabled: false } } });
  return results.violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html)}`);
}
