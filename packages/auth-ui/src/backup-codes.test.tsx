// @vitest-environment happy-dom
import { fireEvent, render, screen, waitFor } from "@testing-library/react";
import { describe, expect, it, vi } from "vitest";
import { describeConformance } from "../test/conformance.tsx";
import { page, serve } from "../test/page.tsx";
import { BackupCodes } from "./backup-codes.tsx";

const CODES = ["0123-4567-89ab-cdef", "ghjk-mnpq-rstv-wxyz"];
const TEXT = "0123-4567-89ab-cdef\nghjk-mnpq-rstv-wxyz\n";

describeConformance("BackupCodes", "div", (props) => <BackupCodes codes={CODES} {...props} />);

describe("R106 BackupCodes", () => {
  it("are a list, a file and a checkbox without JavaScript, and no button that does nothing", () => {
    const main = serve(page(<BackupCodes codes={CODES} />));
    const shown = [...main.querySelectorAll("[data-slot=backup-code]")];
    expect(shown.map(({ textContent }) => textContent)).toEqual(CODES);
    const link = main.querySelector("a[download]");
    expect(link?.getAttribute("download")).toBe("backup-codes.txt");
    const [, body = ""] = link?.getAttribute("href")?.split(",") ?? [];
    expect(decodeURIComponent(body)).toBe(TEXT);
    expect(main.querySelector("input[type=checkbox]")?.hasAttribute("required")).toBe(true);
    expect(main.querySelectorAll("button")).toHaveLength(0);
  });

  it("are copied, and say so", async () => {
    const writeText = vi.spyOn(navigator.clipboard, "writeText").mockResolvedValue();
    render(<BackupCodes codes={CODES} />);
    fireEvent.click(screen.getByRole("button", { name: "Copy" }));
    await waitFor(() => expect(screen.getByRole("status").textContent).toBe("Copied."));
    expect(writeText).toHaveBeenCalledWith(TEXT);
  });

  it("are printed", () => {
    const print = vi.fn();
    vi.stubGlobal("print", print);
    render(<BackupCodes codes={CODES} />);
    fireEvent.click(screen.getByRole("button", { name: "Print" }));
    expect(print).toHaveBeenCalledOnce();
    vi.unstubAllGlobals();
  });

  it("speak the app's own words", () => {
    render(<BackupCodes codes={CODES} labels={{ saved: "Habe ich", print: "Drucken" }} />);
    expect(screen.getByRole("checkbox", { name: "Habe ich" })).toBeDefined();
    expect(screen.getByRole("button", { name: "Drucken" })).toBeDefined();
  });
});
