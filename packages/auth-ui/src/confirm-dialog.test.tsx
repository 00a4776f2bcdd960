// @vitest-environment happy-dom
import { act, fireEvent, render, screen, waitFor } from "@testing-library/react";
import { Form } from "react-router";
import { describe, expect, it, vi } from "vitest";
import { describeConformance, violations } from "../test/conformance.tsx";
import { hydrate, page, serve } from "../test/page.tsx";
import { ConfirmDialog, type ConfirmDialogProps } from "./confirm-dialog.tsx";

describeConformance("ConfirmDialog", "button", (props) => (
  <Form method="post">
    <Delete {...props} />
  </Form>
));

describe("ConfirmDialog", () => {
  it("is an ordinary submit button before JavaScript runs", () => {
    serve(page(<Account />));
    expect(trigger().type).toBe("submit");
    expect(trigger().name).toBe("intent");
    expect(trigger().value).toBe("schedule");
    expect(trigger().form).not.toBeNull();
    expect(trigger().hasAttribute("aria-haspopup")).toBe(false);
  });

  it("says that it opens a dialog once JavaScript runs", async () => {
    const element = page(<Account />);
    const leave = await hydrate(serve(element), element);
    expect(trigger().getAttribute("aria-haspopup")).toBe("dialog");
    leave();
  });

  it("asks before it sends anything", async () => {
    const sent = open(<Account />);
    await press(trigger());
    expect(dialog()).not.toBeNull();
    expect(sent).toEqual([]);
  });

  it("sends the whole form with its own name and value once confirmed", async () => {
    const sent = open(<Account />);
    await press(trigger());
    await press(screen.getByText("Delete"));
    expect(sent).toEqual([{ reason: "moving on", intent: "schedule" }]);
    expect(dialog()).toBeNull();
  });

  it.each([
    ["Cancel", () => press(screen.getByText("Keep it"))],
    ["Escape", () => act(async () => fireEvent.keyDown(dialog()!, { key: "Escape" }))],
  ])("sends nothing after %s and goes back to the button", async (_, leave) => {
    const sent = open(<Account />);
    await press(trigger());
    await leave();
    await waitFor(() => expect(dialog()).toBeNull());
    expect(sent).toEqual([]);
    await waitFor(() => expect(document.activeElement).toBe(trigger()));
  });

  it("takes no press beside it and no second half of a double click for an answer", async () => {
    const sent = open(<Account />);
    await press(trigger());
    await pressOutside();
    await act(async () => fireEvent.click(screen.getByText("Delete"), { detail: 2 }));
    expect(dialog()).not.toBeNull();
    expect(sent).toEqual([]);
  });

  it("offers to cancel in English unless the app has other words", async () => {
    open(
      <Form method="post">
        <ConfirmDialog title="Log out?" description="Everywhere." confirmLabel="Log out">
          Delete account
        </ConfirmDialog>
      </Form>,
    );
    await press(trigger());
    expect(screen.getByText("Cancel").dataset.slot).toBe("confirm-dialog-cancel");
  });

  it("asks again the next time", async () => {
    open(<Account />);
    await press(trigger());
    await press(screen.getByText("Keep it"));
    await press(trigger());
    expect(dialog()).not.toBeNull();
  });

  it("starts at the answer that changes nothing and keeps the focus inside", async () => {
    open(<Account />);
    await press(trigger());
    expect(document.activeElement).toBe(screen.getByText("Keep it"));
    act(() => trigger().focus());
    expect(dialog()?.contains(document.activeElement)).toBe(true);
  });

  it("is a modal alert dialog with a name and a description, and accessible", async () => {
    open(<Account />);
    await press(trigger());
    expect(dialog()?.getAttribute("aria-modal")).toBe("true");
    expect(textOf("aria-labelledby")).toBe("Delete your account?");
    expect(textOf("aria-describedby")).toBe("It cannot be undone.");
    expect(await violations(dialog()!)).toEqual([]);
  });

  it("hides the page behind it from screen readers", async () => {
    open(<Account />);
    await press(trigger());
    expect(trigger().closest("[aria-hidden=true]")).not.toBeNull();
  });

  it("R84 adds no style sheet to the page, open or closed", async () => {
    open(<Account />);
    await press(trigger());
    expect(document.querySelectorAll("style")).toHaveLength(0);
    expect(document.querySelector("[data-slot=confirm-dialog-overlay]")).not.toBeNull();
    await press(screen.getByText("Keep it"));
    expect(document.querySelectorAll("style")).toHaveLength(0);
  });

  it("lets the browser point at a missing field instead of asking", async () => {
    const sent = open(
      <Form method="post">
        <input name="reason" required aria-label="Reason" />
        <Delete />
      </Form>,
    );
    await press(trigger());
    expect(dialog()).toBeNull();
    expect(sent).toEqual([]);

    fireEvent.change(screen.getByLabelText("Reason"), { target: { value: "moving on" } });
    await press(trigger());
    expect(dialog()).not.toBeNull();
  });

  it.each([
    ["the form", true, false],
    ["the button", false, true],
  ])("asks at once when %s does without the browser's checks", async (_, form, button) => {
    open(
      <Form method="post" noValidate={form}>
        <input name="reason" required aria-label="Reason" />
        <Delete formNoValidate={button} />
      </Form>,
    );
    await press(trigger());
    expect(dialog()).not.toBeNull();
  });

  it("leaves it to the app's onClick to prevent the question", async () => {
    const onClick = vi.fn((event: React.MouseEvent) => event.preventDefault());
    open(
      <Form method="post">
        <Delete onClick={onClick} />
      </Form>,
    );
    await press(trigger());
    expect(onClick).toHaveBeenCalledTimes(1);
    expect(dialog()).toBeNull();
  });
});

function Delete(props: Partial<ConfirmDialogProps>) {
  return (
    <ConfirmDialog
      name="intent"
      value="schedule"
      title="Delete your account?"
      description="It cannot be undone."
      confirmLabel="Delete"
      cancelLabel="Keep it"
      {...props}
    >
      Delete account
    </ConfirmDialog>
  );
}

function Account() {
  return (
    <Form method="post">
      <input type="hidden" name="reason" value="moving on" />
      <Delete />
    </Form>
  );
}

/** Opens the page; the array fills with the forms that reach the server. */
function open(element: React.ReactElement) {
  const sent: Record<string, FormDataEntryValue>[] = [];
  render(
    page(element, async ({ request }) => {
      sent.push(Object.fromEntries(await request.formData()));
      return null;
    }),
  );
  return sent;
}

const trigger = () => screen.getByText<HTMLButtonElement>("Delete account");
const dialog = () => screen.queryByRole("alertdialog");
const press = (element: HTMLElement) => act(async () => fireEvent.click(element));
const textOf = (attribute: string) =>
  document.getElementById(dialog()?.getAttribute(attribute) ?? "")?.textContent;

/** A dialog listens for presses outside only from the next task on. */
async function pressOutside() {
  await act(() => new Promise((resolve) => setTimeout(resolve, 5)));
  await act(async () => {
    fireEvent.pointerDown(document.body, { button: 0 });
    fireEvent.click(document.body);
  });
}
