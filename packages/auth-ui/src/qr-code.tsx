import type { ComponentProps } from "react";
import { encode } from "uqr";

export interface QrCodeProps extends Omit<ComponentProps<"svg">, "children"> {
  /** What the code says. */
  value: string;
  /** What it is for, to whoever cannot see it. */
  label: string;
}

/** ISO/IEC 18004 section 5.3.8: four light modules around the symbol, or cameras do not find it. */
const QUIET_ZONE = 4;

/** A QR code as inline `<svg>`: dark on light whatever the page looks like, since cameras need it so. */
export function QrCode({ value, label, ...svg }: QrCodeProps) {
  const { data, size } = encode(value, { border: QUIET_ZONE, ecc: "M" });
  return (
    <svg
      data-slot="qr-code"
      viewBox={`0 0 ${size} ${size}`}
      shapeRendering="crispEdges"
      {...svg}
      role="img"
      aria-label={label}
    >
      <rect width={size} height={size} fill="#fff" />
      <path d={pathOf(data)} fill="#000" />
    </svg>
  );
}

function pathOf(rows: boolean[][]): string {
  return rows
    .flatMap((row, y) => row.map((isDark, x) => (isDark ? `M${x} ${y}h1v1h-1z` : "")))
    .join("");
}
