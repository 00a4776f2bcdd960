/** What the server gave: the options of WebAuthn as JSON. */
export type PasskeyOptionsJson = Record<string, unknown>;

/** Whether this browser knows passkeys at all. */
export function knowsPasskeys(): boolean {
  return typeof PublicKeyCredential === "function" && Boolean(navigator.credentials);
}

/** Whether this browser offers passkeys in the field for the address (conditional mediation). */
export async function offersPasskeys(): Promise<boolean> {
  if (!knowsPasskeys()) return false;
  return (await PublicKeyCredential.isConditionalMediationAvailable?.()) ?? false;
}

/** Whether this device can keep a passkey of its own, behind a face, a finger or a PIN. */
export async function keepsPasskeys(): Promise<boolean> {
  if (!knowsPasskeys()) return false;
  return PublicKeyCredential.isUserVerifyingPlatformAuthenticatorAvailable();
}

/** Makes a passkey; the answer as the text of the field `response`. */
export async function createPasskey(options: PasskeyOptionsJson): Promise<string> {
  const publicKey = creationOptions(options);
  return answer(await navigator.credentials.create({ publicKey, signal: takeTurn() }));
}

/** Asks for a passkey, by a dialog or, "conditional", in the field for the address; the answer as text. */
export async function getPasskey(
  options: PasskeyOptionsJson,
  mediation: "optional" | "conditional",
): Promise<string> {
  const publicKey = requestOptions(options);
  return answer(await navigator.credentials.get({ publicKey, mediation, signal: takeTurn() }));
}

let turn: AbortController | undefined;

/** A page may ask for one passkey at a time: whoever asks next ends what was asked before. */
function takeTurn(): AbortSignal {
  stopAsking();
  turn = new AbortController();
  return turn.signal;
}

/** Ends what is being asked, such as an offer in a field that is gone. */
export function stopAsking(): void {
  turn?.abort();
}

function creationOptions(json: PasskeyOptionsJson): PublicKeyCredentialCreationOptions {
  const known = PublicKeyCredential.parseCreationOptionsFromJSON;
  if (known) return known.call(PublicKeyCredential, json as never);
  const user = json.user as { id: string };
  return {
    ...json,
    challenge: bytes(json.challenge),
    user: { ...user, id: bytes(user.id) },
    excludeCredentials: withBytes(json.excludeCredentials),
  } as unknown as PublicKeyCredentialCreationOptions;
}

function requestOptions(json: PasskeyOptionsJson): PublicKeyCredentialRequestOptions {
  const known = PublicKeyCredential.parseRequestOptionsFromJSON;
  if (known) return known.call(PublicKeyCredential, json as never);
  return {
    ...json,
    challenge: bytes(json.challenge),
    allowCredentials: withBytes(json.allowCredentials),
  } as unknown as PublicKeyCredentialRequestOptions;
}

function withBytes(credentials: unknown): unknown {
  return (credentials as { id: string }[]).map((one) => ({ ...one, id: bytes(one.id) }));
}

function answer(credential: Credential | null): string {
  const made = credential as PublicKeyCredential;
  return JSON.stringify(ownJson(made) ?? writtenOut(made));
}

/** Some password managers put an object of their own in the browser's place, whose `toJSON` fails or is not there. */
function ownJson(credential: PublicKeyCredential): unknown {
  try {
    return credential.toJSON();
  } catch {
    return null;
  }
}

/** The parts of a response that are bytes, of both ceremonies. */
const PARTS = [
  "clientDataJSON",
  "attestationObject",
  "authenticatorData",
  "signature",
  "userHandle",
] as const;

function writtenOut({ id, rawId, type, response }: PublicKeyCredential) {
  const held = response as unknown as Record<string, ArrayBuffer | undefined>;
  const parts = PARTS.filter((part) => held[part]).map((part) => [part, text(held[part])]);
  const transports = (response as AuthenticatorAttestationResponse).getTransports?.();
  return {
    ...{ id, rawId: text(rawId), type, clientExtensionResults: {} },
    response: { ...Object.fromEntries(parts), ...(transports && { transports }) },
  };
}

function bytes(base64url: unknown): Uint8Array {
  const base64 = String(base64url).replaceAll("-", "+").replaceAll("_", "/");
  return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
}

function text(buffer: ArrayBuffer | undefined): string {
  const letters = Array.from(new Uint8Array(buffer ?? []), (byte) => String.fromCharCode(byte));
  return btoa(letters.join("")).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
