// @vitest-environment happy-dom
import { render, screen } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { describeConformance } from "../test/conformance.tsx";
import { Field } from "./field.tsx";

describeConformance("Field", "input", (props) => (
  <Field label="Email" name="email" hint="We send a link" error="No such address" {...props} />
));

describe("Field", () => {
  it("is found by its label and keeps the attributes of an input", () => {
    render(<Field label="Email" name="email" type="email" autoComplete="username" required />);
    const input = screen.getByLabelText<HTMLInputElement>("Email");
    expect(input.name).toBe("email");
    expect(input.type).toBe("email");
    expect(input.getAttribute("autocomplete")).toBe("username");
    expect(input.required).toBe(true);
  });

  it("lets the app choose the id and keeps its description", () => {
    render(<Field id="mail" label="Email" aria-describedby="more" hint="Hint" />);
    const input = screen.getByLabelText("Email");
    expect(input.id).toBe("mail");
    expect(input.getAttribute("aria-describedby")).toBe("more mail-hint");
  });

  it("reads the hint and the error out with the input", () => {
    render(<Field label="Email" hint="We send a link" error="No such address" />);
    expect(descriptionOf(screen.getByLabelText("Email"))).toEqual([
      "We send a link",
      "No such address",
    ]);
  });

  it("marks the input and itself as invalid only when there is an error", () => {
    const { container, rerender } = render(<Field label="Email" error="No such address" />);
    expect(screen.getByLabelText("Email").getAttribute("aria-invalid")).toBe("true");
    expect(container.querySelector("[data-slot=field][data-invalid]")).not.toBeNull();

    rerender(<Field label="Email" error={undefined} />);
    expect(screen.getByLabelText("Email").hasAttribute("aria-invalid")).toBe(false);
    expect(screen.getByLabelText("Email").hasAttribute("aria-describedby")).toBe(false);
    expect(container.querySelector("[data-invalid], [data-slot=field-error]")).toBeNull();
  });

  it("gives two fields of one page different ids", () => {
    render(
      <>
        <Field label="Old" hint="One" />
        <Field label="New" hint="Two" />
      </>,
    );
    expect(descriptionOf(screen.getByLabelText("Old"))).toEqual(["One"]);
    expect(descriptionOf(screen.getByLabelText("New"))).toEqual(["Two"]);
  });
});

function descriptionOf(input: HTMLElement) {
  const ids = input.getAttribute("aria-describedby")?.split(" ") ?? [];
  return ids.map((id) => document.getElementById(id)?.textContent);
}
