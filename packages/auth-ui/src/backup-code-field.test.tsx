// @vitest-environment happy-dom
import { render, screen } from "@testing-library/react";
import { expect, it } from "vitest";
import { describeConformance } from "../test/conformance.tsx";
import { BackupCodeField } from "./backup-code-field.tsx";

describeConformance("BackupCodeField", "input", (props) => (
  <BackupCodeField label="Backup code" name="code" {...props} />
));

it("takes a code as it is written on paper, and leaves it alone", () => {
  render(<BackupCodeField label="Backup code" name="code" />);
  const field = screen.getByLabelText<HTMLInputElement>("Backup code");
  expect(" 0123 - 4567 - 89AB - CDEF ".length).toBeLessThanOrEqual(field.maxLength);
  expect(field.getAttribute("autocomplete")).toBe("off");
  expect(field.getAttribute("autocapitalize")).toBe("none");
});
