// @vitest-environment happy-dom
import { act, fireEvent, render, screen } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { describeConformance } from "../test/conformance.tsx";
import { hydrate, serve } from "../test/page.tsx";
import { PasswordField } from "./password-field.tsx";

const field = (
  <PasswordField label="Password" name="password" autoComplete="new-password" hint="8 or more" />
);

describeConformance("PasswordField", "input", (props) => (
  <PasswordField label="Password" name="password" autoComplete="current-password" {...props} />
));

describe("PasswordField", () => {
  it("R10 tells the browser it is a password and which one, and keeps it from the spell checker", () => {
    render(field);
    expect(password().type).toBe("password");
    expect(password().getAttribute("autocomplete")).toBe("new-password");
    expect(password().getAttribute("spellcheck")).toBe("false");
    expect(password().getAttribute("autocapitalize")).toBe("none");
  });

  it("R10 allows a paste", () => {
    render(field);
    expect(fireEvent.paste(password())).toBe(true);
  });

  it("R10 shows and hides the password at the press of a button", () => {
    render(field);
    fireEvent.change(password(), { target: { value: "correct horse" } });

    fireEvent.click(toggle());
    expect(password().type).toBe("text");
    expect(password().value).toBe("correct horse");
    expect(password().getAttribute("spellcheck")).toBe("false");
    expect(toggle().getAttribute("aria-pressed")).toBe("true");
    expect(toggle().dataset.state).toBe("shown");

    fireEvent.click(toggle());
    expect(password().type).toBe("password");
    expect(toggle().getAttribute("aria-pressed")).toBe("false");
    expect(toggle().dataset.state).toBe("hidden");
  });

  it("R10 hides a shown password before the form leaves, so that no browser remembers it as text", () => {
    render(<form onSubmit={(event) => event.preventDefault()}>{field}</form>);
    fireEvent.click(toggle());
    fireEvent.submit(password().form!);
    expect(password().type).toBe("password");
  });

  it("offers the button only once JavaScript runs", async () => {
    const main = serve(field);
    expect(main.querySelector("button")).toBeNull();
    expect(password().type).toBe("password");
    const leave = await hydrate(main, field);
    expect(toggle().getAttribute("aria-controls")).toBe(password().id);
    leave();
  });

  it("does not submit the form when the button is pressed", () => {
    render(<form>{field}</form>);
    expect(toggle().type).toBe("button");
  });

  it("names the button in the app's own words", () => {
    render(<PasswordField label="P" autoComplete="new-password" toggleLabel="Anzeigen" />);
    act(() => screen.getByRole("button", { name: "Anzeigen" }).click());
    expect(password("P").type).toBe("text");
  });
});

const password = (label = "Password") => screen.getByLabelText<HTMLInputElement>(label);
const toggle = () => screen.getByRole<HTMLButtonElement>("button", { name: "Show password" });
