// @vitest-environment happy-dom
import { render, screen } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { describeConformance } from "../test/conformance.tsx";
import { Notice } from "./notice.tsx";

describeConformance("Notice", "div", (props) => <Notice {...props}>Check your mail</Notice>);

describe("Notice", () => {
  it("is a status and leaves the focus where it is", () => {
    render(<Notice>Check your mail</Notice>);
    expect(screen.getByRole("status").textContent).toBe("Check your mail");
    expect(document.activeElement).toBe(document.body);
  });

  it("is not there when there is nothing to say", () => {
    render(<Notice>{null}</Notice>);
    expect(screen.queryByRole("status")).toBeNull();
  });
});
