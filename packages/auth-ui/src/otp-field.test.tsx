// @vitest-environment happy-dom
import { render, screen } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { describeConformance } from "../test/conformance.tsx";
import { OtpField } from "./otp-field.tsx";

describeConformance("OtpField", "input", (props) => (
  <OtpField label="Code" name="code" {...props} />
));

describe("OtpField", () => {
  it("is one input that phones fill in from the message", () => {
    const { container } = render(<OtpField label="Code" name="code" />);
    expect(container.querySelectorAll("input")).toHaveLength(1);
    expect(code().name).toBe("code");
    expect(code().getAttribute("autocomplete")).toBe("one-time-code");
    expect(code().getAttribute("inputmode")).toBe("numeric");
  });

  it.each(["123456", "123 456", " 123456", "123456 ", " 123 456 "])("takes %j whole", (text) => {
    render(<OtpField label="Code" />);
    expect(text).toMatch(browserPattern());
    expect(text.length).toBeLessThanOrEqual(code().maxLength);
  });

  it.each(["12345", "1234567", "12a456", "١٢٣٤٥٦"])("stops %j in the browser", (text) => {
    render(<OtpField label="Code" />);
    expect(text).not.toMatch(browserPattern());
  });

  it("says what it expects, in the app's words if it has any", () => {
    const { rerender } = render(<OtpField label="Code" />);
    expect(code().title).toBe("6 digits");
    rerender(<OtpField label="Code" title="6 Ziffern" />);
    expect(code().title).toBe("6 Ziffern");
  });
});

const code = () => screen.getByLabelText<HTMLInputElement>("Code");

/** HTML: the pattern must match the whole value, compiled with the v flag. */
const browserPattern = () => new RegExp(`^(?:${code().pattern})$`, "v");
