// @vitest-environment happy-dom
import { render, screen } from "@testing-library/react";
import jsQR from "jsqr";
import { describe, expect, it } from "vitest";
import { describeConformance } from "../test/conformance.tsx";
import { QrCode } from "./qr-code.tsx";
import { TotpSetup } from "./totp-setup.tsx";

const SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
const URI = `otpauth://totp/Shop:ada%40example.com?secret=${SECRET}&issuer=Shop`;

describeConformance("QrCode", "svg", ({ ref, ...props }) => (
  <QrCode value={URI} label="QR code" {...props} ref={ref} />
));

describeConformance("TotpSetup", "div", (props) => (
  <TotpSetup secret={SECRET} uri={URI} {...props} />
));

describe("R101 a TotpSetup", () => {
  it("says the URI to a camera", () => {
    render(<TotpSetup secret={SECRET} uri={URI} />);
    expect(readByCamera(screen.getByRole("img"))).toBe(URI);
  });

  it.each([1, 40, 150, 300])("is read also with a name of %i characters", (length) => {
    const uri = `otpauth://totp/${"a".repeat(length)}?secret=${SECRET}`;
    render(<TotpSetup secret={SECRET} uri={uri} />);
    expect(readByCamera(screen.getByRole("img"))).toBe(uri);
  });

  it("has the secret as text", () => {
    const { container } = render(<TotpSetup secret={SECRET} uri={URI} />);
    expect(container.querySelector("[data-slot=totp-secret]")?.textContent).toBe(SECRET);
  });
});

const SCALE = 4;

/** The picture in pixels, as a camera would have it, read by another program. */
function readByCamera(svg: Element): string | undefined {
  const size = Number(svg.getAttribute("viewBox")?.split(" ")[2]);
  const side = size * SCALE;
  const pixels = new Uint8ClampedArray(side * side * 4).fill(255);
  const path = svg.querySelector("path")?.getAttribute("d") ?? "";
  for (const [, x, y] of path.matchAll(/M(\d+) (\d+)h1v1h-1z/g)) {
    for (let n = 0; n < SCALE * SCALE; n++) {
      const column = Number(x) * SCALE + (n % SCALE);
      const row = Number(y) * SCALE + Math.floor(n / SCALE);
      pixels.fill(0, (row * side + column) * 4, (row * side + column) * 4 + 3);
    }
  }
  return jsQR(pixels, side, side)?.data;
}
