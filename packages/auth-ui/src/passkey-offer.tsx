import { type ComponentProps, type ReactNode, useEffect, useId, useState } from "react";
import { keepsPasskeys } from "./passkey-ceremony.ts";

export interface PasskeyOfferProps extends Omit<ComponentProps<"section">, "title"> {
  title: ReactNode;
  /** What a passkey is good for, and that it will be asked for after the password. */
  description: ReactNode;
  /** The PasskeyForm that makes one, and the way past it. */
  children: ReactNode;
}

/**
 * Offers a passkey to whoever logged in with a password: a `<section>`, `hidden` until it is known that this device can keep
 * one.
 */
export function PasskeyOffer({ title, description, children, ...section }: PasskeyOfferProps) {
  const id = useId();
  const [isFit, setFit] = useState(false);
  useEffect(() => {
    let isHere = true;
    keepsPasskeys().then(
      (keeps) => isHere && setFit(keeps),
      () => {},
    );
    return () => {
      isHere = false;
    };
  }, []);
  return (
    <section data-slot="passkey-offer" aria-labelledby={id} {...section} hidden={!isFit}>
      <h2 data-slot="passkey-offer-title" id={id}>
        {title}
      </h2>
      <p data-slot="passkey-offer-description">{description}</p>
      {children}
    </section>
  );
}
