// @vitest-environment happy-dom
import { render, screen } from "@testing-library/react";
import { expect, it } from "vitest";
import { describeConformance } from "../test/conformance.tsx";
import { SessionList } from "./session-list.tsx";

describeConformance("SessionList", "ul", (props) => (
  <SessionList aria-label="Sessions" {...props}>
    <li>One</li>
  </SessionList>
));

it("is a list that CSS and scripts find by its slot", () => {
  render(<SessionList />);
  expect(screen.getByRole("list").dataset.slot).toBe("session-list");
});
