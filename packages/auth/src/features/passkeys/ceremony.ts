import type { AuthenticationResponseJSON, RegistrationResponseJSON } from "@simplewebauthn/server";

/** EdDSA, ES256 and RS256 (RFC 9053, RFC 8812): what every authenticator of today has one of. */
export const ALGORITHMS = [-8, -7, -257];

/** WebAuthn Level 3 section 4: a credential id has at most 1023 bytes. */
const MAX_ID_LENGTH = 1364;

/** The values of WebAuthn Level 3 section 5.8.4; others would be nothing to a browser. */
const TRANSPORTS = ["ble", "hybrid", "internal", "nfc", "smart-card", "usb"];

/** What a browser sent, read as far as needed to find out what it answers. Nothing of it is verified. */
export interface PasskeyResponse {
  credentialId: string;
  challenge: string;
  userHandle: string | null;
  transports: string[];
  /** Whether it was made in a frame of another site. */
  isFramed: boolean;
  json: unknown;
}

export interface Expected {
  challenge: string;
  origins: readonly string[];
  rpId: string;
}

export interface NewCredential {
  credentialId: string;
  publicKey: string;
  aaguid: string;
  counter: number;
  backupEligible: boolean;
  backedUp: boolean;
}

export interface Assertion {
  counter: number;
  isUserVerified: boolean;
  backupEligible: boolean;
  backedUp: boolean;
}

/** The response in the hidden field, or null when it is of no shape that a browser sends. */
export function readResponse(text: string): PasskeyResponse | null {
  const json = parseObject(text);
  const response = asObject(json?.response);
  const clientData = parseObject(decode(response?.clientDataJSON));
  const { id } = json ?? {};
  if (!response || typeof clientData?.challenge !== "string") return null;
  if (typeof id !== "string" || !isBase64url(id) || id.length > MAX_ID_LENGTH) return null;
  const { userHandle, transports } = response;
  return {
    credentialId: id,
    challenge: clientData.challenge,
    userHandle: typeof userHandle === "string" ? userHandle : null,
    transports: TRANSPORTS.filter((one) => Array.isArray(transports) && transports.includes(one)),
    isFramed: clientData.crossOrigin === true || clientData.topOrigin !== undefined,
    json,
  };
}

/** The credential that was made with user verification, or null (WebAuthn Level 3 section 7.1). */
export async function verifyRegistration(
  { json, isFramed }: PasskeyResponse,
  expected: Expected,
): Promise<NewCredential | null> {
  const { verifyRegistrationResponse, decodeAttestationObject } = await library();
  return orNull(async () => {
    const response = json as RegistrationResponseJSON;
    const attested = decodeAttestationObject(bytes(response.response.attestationObject));
    // We ask for no attestation; what comes all the same would lead through parsers of certificates.
    const isSimple = ["none", "packed"].includes(attested.get("fmt"));
    if (isFramed || !isSimple || attested.get("attStmt").get("x5c")) return null;
    const { registrationInfo: made } = await verifyRegistrationResponse({
      response,
      ...expectations(expected),
      requireUserVerification: true,
      supportedAlgorithmIDs: ALGORITHMS,
    });
    if (made?.credential.id !== response.id) return null;
    return {
      credentialId: made.credential.id,
      publicKey: Buffer.from(made.credential.publicKey).toString("base64url"),
      aaguid: made.aaguid,
      counter: made.credential.counter,
      ...backup(made),
    };
  });
}

/** What the signature of this key says, or null (WebAuthn Level 3 section 7.2). Counters are the caller's business. */
export async function verifyAssertion(
  { json, isFramed, credentialId }: PasskeyResponse,
  expected: Expected,
  publicKey: string,
): Promise<Assertion | null> {
  const { verifyAuthenticationResponse } = await library();
  return orNull(async () => {
    if (isFramed) return null;
    const { verified, authenticationInfo: said } = await verifyAuthenticationResponse({
      response: json as AuthenticationResponseJSON,
      ...expectations(expected),
      // With zero the library compares no counters.
      credential: { id: credentialId, publicKey: bytes(publicKey), counter: 0 },
      requireUserVerification: false,
    });
    if (!verified) return null;
    return { counter: said.newCounter, isUserVerified: said.userVerified, ...backup(said) };
  });
}

function expectations({ challenge, origins, rpId }: Expected) {
  return { expectedChallenge: challenge, expectedOrigin: [...origins], expectedRPID: rpId };
}

interface BackupFlags {
  credentialDeviceType: "singleDevice" | "multiDevice";
  credentialBackedUp: boolean;
}

function backup({ credentialDeviceType, credentialBackedUp }: BackupFlags) {
  return {
    backupEligible: credentialDeviceType === "multiDevice",
    backedUp: credentialBackedUp,
  };
}

/** The library throws at everything it does not like, with the expected challenge in its words. */
async function orNull<Result>(work: () => Promise<Result | null>): Promise<Result | null> {
  try {
    return await work();
  } catch {
    return null;
  }
}

function parseObject(text: string): Record<string, unknown> | null {
  try {
    return asObject(JSON.parse(text));
  } catch {
    return null;
  }
}

function asObject(value: unknown): Record<string, unknown> | null {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : null;
}

function decode(value: unknown): string {
  return typeof value === "string" ? Buffer.from(value, "base64url").toString() : "";
}

/** A copy with a buffer of its own, as the library wants it. */
function bytes(base64url: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(Buffer.from(base64url, "base64url"));
}

function isBase64url(text: string): boolean {
  return /^[\w-]+$/.test(text);
}

/** Loaded by whoever has a passkey to look at. */
async function library() {
  // What it builds on imports this itself, but bundlers drop an import that gives no name.
  await import("reflect-metadata");
  const server = await import("@simplewebauthn/server");
  return { ...server, ...(await import("@simplewebauthn/server/helpers")) };
}
