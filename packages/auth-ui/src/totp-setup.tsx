import type { ComponentProps } from "react";
import { QrCode } from "./qr-code.tsx";

export interface TotpSetupLabels {
  qrCode: string;
  secret: string;
}

export interface TotpSetupProps extends Omit<ComponentProps<"div">, "children"> {
  /** The secret in base 32, for apps that cannot see the code. */
  secret: string;
  /** The `otpauth:` URI, for apps that can. */
  uri: string;
  /** Replaces the English words one by one. */
  labels?: Partial<TotpSetupLabels>;
}

const ENGLISH: TotpSetupLabels = {
  qrCode: "QR code for your authenticator app",
  secret: "Or type this key into the app:",
};

/** What an authenticator app needs, as a picture and as text: a `<div>` with both. Shown once, by the answer to a POST. */
export function TotpSetup({ secret, uri, labels, ...div }: TotpSetupProps) {
  const words = { ...ENGLISH, ...labels };
  return (
    <div data-slot="totp-setup" {...div}>
      <QrCode value={uri} label={words.qrCode} />
      <p data-slot="totp-secret-line">
        {words.secret} <code data-slot="totp-secret">{secret}</code>
      </p>
    </div>
  );
}
