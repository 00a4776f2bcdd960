import { generateSync, generateURI, ScureBase32Plugin } from "otplib";
import { sameText } from "../../crypto/same.ts";
import { type Duration, seconds } from "../../duration.ts";

/** RFC 6238 section 4.1, and the only length every authenticator app knows. */
export const STEP: Duration = seconds(30);

/** RFC 4226 section 4, R6: the length of an HMAC-SHA-1, 160 bits. */
export const SECRET_BYTES = 20;

const base32 = new ScureBase32Plugin();

/** The secret as an authenticator app takes it typed: 32 letters and digits. */
export function secretText(secret: Uint8Array): string {
  return base32.encode(secret, { padding: false });
}

/** The six digits of one time step (RFC 6238, HMAC-SHA-1). */
export function codeAt(secret: string, step: number): string {
  return generateSync({ strategy: "hotp", secret: base32.decode(secret), counter: step });
}

/**
 * The time step this code belongs to, or null. One step of clock drift either way is forgiven (RFC 6238 section 5.2),
 * and so are the spaces and dashes a human adds. All three are compared, so that the time tells nothing.
 */
export function stepOf(typed: string, secret: string, now: number): number | null {
  const code = typed.replace(/[\s-]/g, "");
  if (!/^[0-9]{6}$/.test(code)) return null;
  const matching = [now + 1, now, now - 1].filter((step) => sameText(codeAt(secret, step), code));
  return matching[0] ?? null;
}

/** What the QR code says: the key URI format of authenticator apps. */
export function enrolmentUri(secret: string, appName: string, email: string): string {
  // A colon divides issuer and account in the label.
  return generateURI({ secret, issuer: appName.replaceAll(":", " "), label: email });
}
