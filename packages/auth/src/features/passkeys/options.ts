import { createHmac } from "node:crypto";
import type { Keys } from "../../crypto/keys.ts";
import { ALGORITHMS } from "./ceremony.ts";
import { CEREMONY } from "./challenges.ts";
import type { RelyingParty } from "./relying-party.ts";
import { MAX_PASSKEYS, type PasskeyRow } from "./store.ts";

interface Descriptor {
  type: "public-key";
  id: string;
  transports?: string[];
}

/** For `PublicKeyCredential.parseCreationOptionsFromJSON` (WebAuthn Level 3 section 5.1.8). */
export interface PasskeyCreationOptions {
  challenge: string;
  rp: { id: string; name: string };
  user: { id: string; name: string; displayName: string };
  pubKeyCredParams: { type: "public-key"; alg: number }[];
  timeout: number;
  attestation: "none";
  excludeCredentials: Descriptor[];
  authenticatorSelection: {
    residentKey: "required";
    requireResidentKey: true;
    userVerification: "required";
  };
}

/** For `PublicKeyCredential.parseRequestOptionsFromJSON` (WebAuthn Level 3 section 5.1.9). */
export interface PasskeyRequestOptions {
  challenge: string;
  rpId: string;
  timeout: number;
  allowCredentials: Descriptor[];
  userVerification: "required" | "preferred";
}

interface Creation {
  party: RelyingParty;
  appName: string;
  challenge: string;
  user: { handle: string; email: string };
  known: PasskeyRow[];
}

/** Asks for a passkey that is found without a name and made with user verification. */
export function creationOptions(creation: Creation): PasskeyCreationOptions {
  const { party, appName, challenge, user, known } = creation;
  return {
    challenge,
    rp: { id: party.id, name: appName },
    user: { id: user.handle, name: user.email, displayName: user.email },
    pubKeyCredParams: ALGORITHMS.map((alg) => ({ type: "public-key", alg })),
    timeout: CEREMONY * 1000,
    attestation: "none",
    excludeCredentials: known.map(descriptorOf),
    authenticatorSelection: {
      residentKey: "required",
      requireResidentKey: true,
      userVerification: "required",
    },
  };
}

/** Asks for a signature by one of these, or by any passkey for this site when there are none. */
export function requestOptions(
  { id }: RelyingParty,
  challenge: string,
  {
    allow = [],
    userVerification = "required",
  }: Partial<{ allow: Descriptor[] } & Pick<PasskeyRequestOptions, "userVerification">> = {},
): PasskeyRequestOptions {
  return {
    challenge,
    rpId: id,
    timeout: CEREMONY * 1000,
    allowCredentials: allow,
    userVerification,
  };
}

export function descriptorOf({ credentialId, transports }: PasskeyRow): Descriptor {
  return { type: "public-key", id: credentialId, transports };
}

/** The lengths in bytes that ids of common authenticators have. */
const ID_LENGTHS = [16, 20, 32, 48];

/**
 * Ten credentials for any address: those of its user, if it has any, and for the rest made-up ones that are the same at
 * each asking, in an order that tells nothing. Without transports, which no made-up credential could have right.
 */
export function credentialsFor(keys: Keys, email: string, known: PasskeyRow[]): Descriptor[] {
  const derive = (what: string) =>
    createHmac("sha512", keys[0].key).update(`passkey decoy\0${email}\0${what}`).digest();
  const decoy = (place: number) => {
    const bytes = derive(`${place}`);
    const length = ID_LENGTHS[(bytes[63] as number) % ID_LENGTHS.length] as number;
    return bytes.subarray(0, length).toString("base64url");
  };
  const places = Array.from({ length: MAX_PASSKEYS }, (_, index) => index + 1);
  const free = places.filter((place) => !known.some((row) => row.place === place));
  const ids = [...known.map(({ credentialId }) => credentialId), ...free.map(decoy)];
  const order = new Map(ids.map((id) => [id, derive(id).toString("hex")]));
  const sorted = ids.toSorted((a, b) =>
    (order.get(a) as string) < (order.get(b) as string) ? -1 : 1,
  );
  return sorted.map((id) => ({ type: "public-key", id }));
}
