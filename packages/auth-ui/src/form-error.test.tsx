// @vitest-environment happy-dom
import { act, fireEvent, render, screen, waitFor } from "@testing-library/react";
import { useState } from "react";
import { Form, useActionData } from "react-router";
import { describe, expect, it } from "vitest";
import { describeConformance } from "../test/conformance.tsx";
import { hydrate, page, serve } from "../test/page.tsx";
import { FormError } from "./form-error.tsx";

describeConformance("FormError", "div", (props) => <FormError {...props}>Try again</FormError>);

describe("FormError", () => {
  it("is not there when there is nothing to say", () => {
    render(page(<FormError>{undefined}</FormError>));
    expect(screen.queryByRole("alert")).toBeNull();
  });

  it("can take the focus but is no stop of the Tab key", () => {
    render(page(<FormError>Wrong email or password</FormError>));
    expect(screen.getByRole("alert").getAttribute("tabindex")).toBe("-1");
  });

  it("is an alert before JavaScript runs and takes the focus as soon as it does", async () => {
    const element = page(<FormError>Wrong email or password</FormError>);
    const main = serve(element);
    expect(screen.getByRole("alert").textContent).toBe("Wrong email or password");
    const leave = await hydrate(main, element);
    expect(document.activeElement).toBe(screen.getByRole("alert"));
    leave();
  });

  it("takes the focus after every refusal, also when the words stay the same", async () => {
    let refusals = 0;
    const refuse = () => ({ error: "Wrong email or password", refusal: ++refusals });
    render(page(<Login />, refuse));

    await submit();
    await waitFor(() => expect(document.activeElement).toBe(screen.getByRole("alert")));

    act(() => screen.getByLabelText("Password").focus());
    await submit();
    await waitFor(() => expect(refusals).toBe(2));
    await waitFor(() => expect(document.activeElement).toBe(screen.getByRole("alert")));
  });

  it("leaves the focus alone while the visitor types the next attempt", async () => {
    render(page(<Login />, () => ({ error: "Wrong email or password" })));
    await submit();
    await screen.findByRole("alert");

    act(() => screen.getByLabelText("Password").focus());
    fireEvent.change(screen.getByLabelText("Password"), { target: { value: "other" } });
    expect(screen.getByText("5")).toBeDefined();
    expect(document.activeElement).toBe(screen.getByLabelText("Password"));
  });
});

function Login() {
  const answer = useActionData<{ error: string }>();
  const [length, setLength] = useState(0);
  return (
    <Form method="post">
      <FormError>{answer && <b>{answer.error}</b>}</FormError>
      <input aria-label="Password" onChange={(event) => setLength(event.target.value.length)} />
      <output>{length}</output>
      <button type="submit">Log in</button>
    </Form>
  );
}

const submit = () => act(async () => screen.getByText("Log in").click());
