import { AuthError } from "../../errors.ts";

export interface RelyingPartyOptions {
  /** The domain passkeys belong to: the host of the origin, or a parent of it. Changing it orphans every passkey. */
  rpId?: string;
  /** Further origins whose pages may use the same passkeys. */
  relatedOrigins?: readonly string[];
}

export interface RelyingParty {
  id: string;
  origins: readonly string[];
}

/** Who authenticators talk to, by the app's origin; an `AuthError` when no browser would agree to it. */
export function relyingParty(
  origin: string,
  { rpId, relatedOrigins = [] }: RelyingPartyOptions,
): RelyingParty {
  const { hostname } = new URL(origin);
  const id = rpId ?? hostname;
  const isParent = id.includes(".") && hostname.endsWith(`.${id}`);
  if (id !== hostname && !isParent) {
    refuse(
      `passkeys: rpId is "${id}", but the app is at ${hostname}, and browsers refuse a passkey of another domain. ` +
        "Leave rpId out, or set it to a domain that the host of APP_ORIGIN ends with.",
    );
  }
  const wrong = relatedOrigins.find((related) => !isOrigin(related));
  if (wrong !== undefined) {
    refuse(
      `passkeys: "${wrong}" in relatedOrigins is not an origin, so no browser would ever be at it. ` +
        "Set it to scheme, host and port alone, e.g. https://shop.example.com, over https except on localhost.",
    );
  }
  return { id, origins: [origin, ...relatedOrigins] };
}

function isOrigin(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { origin, protocol, hostname } = new URL(text);
  return origin === text && (protocol === "https:" || hostname === "localhost");
}

function refuse(message: string): never {
  throw new AuthError("ERR_AUTH_CONFIG_INVALID", message);
}
