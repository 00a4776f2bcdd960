// @vitest-environment happy-dom
import { act, fireEvent, render, screen, waitFor } from "@testing-library/react";
import { Form, useSubmit } from "react-router";
import { describe, expect, it, vi } from "vitest";
import { describeConformance } from "../test/conformance.tsx";
import { page, serve } from "../test/page.tsx";
import { SubmitButton } from "./submit-button.tsx";

describeConformance("SubmitButton", "button", (props) => (
  <SubmitButton {...props}>Log in</SubmitButton>
));

describe("SubmitButton", () => {
  it("submits, and is never disabled: the form works before JavaScript runs", () => {
    serve(page(<SubmitButton>Log in</SubmitButton>));
    expect(button("Log in").type).toBe("submit");
    expect(button("Log in").disabled).toBe(false);
  });

  it("sends its name and value", async () => {
    const { sent } = open(
      <Form method="post">
        <SubmitButton name="intent" value="confirm">
          Confirm
        </SubmitButton>
      </Form>,
    );
    await press("Confirm");
    expect(sent).toEqual([{ intent: "confirm" }]);
  });

  it("is pending while its form is under way and idle again after the answer", async () => {
    const { answer } = open(
      <Form method="post">
        <SubmitButton pendingText="Logging in…">Log in</SubmitButton>
      </Form>,
    );
    expect(button("Log in").dataset.state).toBe("idle");
    expect(button("Log in").hasAttribute("aria-busy")).toBe(false);

    await press("Log in");
    expect(button("Logging in…").dataset.state).toBe("pending");
    expect(button("Logging in…").getAttribute("aria-busy")).toBe("true");
    expect(button("Logging in…").disabled).toBe(false);

    await answer();
    expect(button("Log in").dataset.state).toBe("idle");
  });

  it("keeps its words when there are none for the waiting", async () => {
    open(
      <Form method="post">
        <SubmitButton>Log in</SubmitButton>
      </Form>,
    );
    await press("Log in");
    expect(button("Log in").dataset.state).toBe("pending");
  });

  it("sends the form once, however often it is pressed", async () => {
    const onClick = vi.fn();
    const { sent, answer } = open(
      <Form method="post">
        <SubmitButton onClick={onClick}>Log in</SubmitButton>
      </Form>,
    );
    await press("Log in");
    await press("Log in");
    await press("Log in");
    expect(sent).toHaveLength(1);
    expect(onClick).toHaveBeenCalledTimes(1);

    await answer();
    await press("Log in");
    expect(sent).toHaveLength(2);
  });

  it("sends the form once for a double click, even before it is pending", async () => {
    const { sent } = open(
      <Form method="post">
        <SubmitButton>Log in</SubmitButton>
      </Form>,
    );
    await act(async () => {
      fireEvent.click(button("Log in"), { detail: 1 });
      fireEvent.click(button("Log in"), { detail: 2 });
    });
    expect(sent).toHaveLength(1);
  });

  it("is not pending for another form, nor for another button of its own", async () => {
    const { answer } = open(
      <>
        <Form method="post">
          <input type="hidden" name="id" value="a" />
          <SubmitButton>Revoke a</SubmitButton>
        </Form>
        <Form method="post">
          <input type="hidden" name="id" value="b" />
          <SubmitButton>Revoke b</SubmitButton>
          <SubmitButton>Rename b</SubmitButton>
        </Form>
      </>,
    );
    await press("Revoke b");
    expect(states()).toEqual(["idle", "pending", "idle"]);
    await answer();
    await press("Revoke a");
    expect(states()).toEqual(["pending", "idle", "idle"]);
  });

  it("is pending when its form is sent without a button", async () => {
    open(
      <>
        <Form method="post" aria-label="Login">
          <SubmitButton>Log in</SubmitButton>
        </Form>
        <Form method="post">
          <SubmitButton>Send a link</SubmitButton>
        </Form>
      </>,
    );
    await act(async () => fireEvent.submit(screen.getByRole("form")));
    expect(states()).toEqual(["pending", "idle"]);
  });

  it("belongs to the form that its form attribute names", async () => {
    open(
      <>
        <Form method="post" id="login" />
        <SubmitButton form="login">Log in</SubmitButton>
      </>,
    );
    await press("Log in");
    expect(states()).toEqual(["pending"]);
  });

  it("is not pending for what a script sends after its own form was answered", async () => {
    const { answer } = open(<LoginWithPasskey />);
    await press("Log in");
    await answer();
    await press("Passkey");
    await waitFor(() => expect(states()).toEqual(["idle"]));
  });
});

function LoginWithPasskey() {
  const submit = useSubmit();
  return (
    <>
      <Form method="post">
        <SubmitButton>Log in</SubmitButton>
      </Form>
      <button type="button" onClick={() => submit({ response: "…" }, { method: "post" })}>
        Passkey
      </button>
    </>
  );
}

/** A page whose action keeps every form until `answer` is called. */
function open(element: React.ReactElement) {
  const sent: Record<string, FormDataEntryValue>[] = [];
  let release = () => {};
  render(
    page(element, async ({ request }) => {
      sent.push(Object.fromEntries(await request.formData()));
      await new Promise<void>((resolve) => {
        release = resolve;
      });
      return null;
    }),
  );
  return { sent, answer: () => act(async () => release()) };
}

const button = (name: string) => screen.getByRole<HTMLButtonElement>("button", { name });
const press = (name: string | RegExp) => act(async () => fireEvent.click(screen.getByText(name)));
const states = () =>
  [...document.querySelectorAll<HTMLElement>("[data-slot=submit-button]")].map(
    (element) => element.dataset.state,
  );
