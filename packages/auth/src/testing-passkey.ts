import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";
import type { PasskeyCreationOptions, PasskeyRequestOptions } from "./features/passkeys/options.ts";

type Algorithm = "ES256" | "EdDSA" | "RS256";

/** What a virtual passkey tells the site, true or not. */
export interface PasskeyCircumstances {
  /** Where the page is. */
  origin: string;
  /** Another domain than the one it was asked for. */
  rpId?: string;
  /** The kind of ceremony, if not the one it is. */
  type?: string;
  isFramed: boolean;
  isUserPresent: boolean;
  isUserVerified: boolean;
  backupEligible: boolean;
  backedUp: boolean;
  /** How often it signed; zero if it does not count. */
  counter: number;
  aaguid: string;
  /** Null as an authenticator that does not keep it. */
  userHandle?: string | null;
  /** In place of the signature over all this. */
  signature?: string;
}

export interface VirtualPasskey {
  readonly credentialId: string;
  /** What the browser would put into the hidden field of the form that registers. */
  create(options: PasskeyCreationOptions, now?: Partial<PasskeyCircumstances>): string;
  /** What the browser would put into the hidden field of the form that logs in. */
  get(options: PasskeyRequestOptions, now?: Partial<PasskeyCircumstances>): string;
}

const HONEST: PasskeyCircumstances = {
  origin: "https://app.test",
  isFramed: false,
  isUserPresent: true,
  isUserVerified: true,
  backupEligible: true,
  backedUp: true,
  counter: 0,
  aaguid: "00000000-0000-0000-0000-000000000000",
};

/** An authenticator with one passkey, made in memory; honest unless told otherwise. */
export function virtualPasskey(
  usual: Partial<PasskeyCircumstances & { algorithm: Algorithm; credentialId: string }> = {},
): VirtualPasskey {
  const { algorithm = "ES256", credentialId = randomBytes(20).toString("base64url") } = usual;
  const { privateKey, publicKey } = KEYS[algorithm].make();
  let handle: string | null = null;

  return {
    credentialId,

    create(options, now = {}) {
      const told = { ...HONEST, rpId: options.rp.id, type: "webauthn.create", ...usual, ...now };
      handle = options.user.id;
      const id = Buffer.from(credentialId, "base64url");
      const attested = Buffer.concat([
        Buffer.from(told.aaguid.replaceAll("-", ""), "hex"),
        Buffer.from([id.length >> 8, id.length & 255]),
        ...[id, cbor(KEYS[algorithm].cose(publicKey))],
      ]);
      const attestation = new Map<string, Cbor>([
        ["fmt", "none"],
        ["attStmt", new Map()],
        ["authData", authenticatorData(told, attested)],
      ]);
      return credentialJson(credentialId, {
        clientDataJSON: clientData(told, options.challenge),
        attestationObject: cbor(attestation).toString("base64url"),
        transports: ["hybrid", "internal"],
      });
    },

    get(options, now = {}) {
      const told = { ...HONEST, rpId: options.rpId, type: "webauthn.get", ...usual, ...now };
      const clientDataJSON = clientData(told, options.challenge);
      const data = authenticatorData(told);
      const clientHash = sha256(Buffer.from(clientDataJSON, "base64url"));
      const signed = Buffer.concat([data, clientHash]);
      const signature = sign(KEYS[algorithm].hash, signed, privateKey).toString("base64url");
      const { userHandle = handle } = told;
      return credentialJson(credentialId, {
        clientDataJSON,
        authenticatorData: data.toString("base64url"),
        signature: told.signature ?? signature,
        ...(userHandle !== null && { userHandle }),
      });
    },
  };
}

function credentialJson(id: string, response: object): string {
  return JSON.stringify({
    ...{ id, rawId: id, type: "public-key", response },
    ...{ clientExtensionResults: {}, authenticatorAttachment: "platform" },
  });
}

function clientData({ type, origin, isFramed }: PasskeyCircumstances, challenge: string): string {
  const json = JSON.stringify({ type, challenge, origin, crossOrigin: isFramed });
  return Buffer.from(json).toString("base64url");
}

/** WebAuthn Level 3 section 6.1. */
function authenticatorData(
  told: PasskeyCircumstances & { rpId: string },
  attested: Buffer = Buffer.alloc(0),
): Buffer {
  const flags =
    (told.isUserPresent ? 0x01 : 0) |
    (told.isUserVerified ? 0x04 : 0) |
    (told.backupEligible ? 0x08 : 0) |
    (told.backedUp ? 0x10 : 0) |
    (attested.length > 0 ? 0x40 : 0);
  const counter = Buffer.alloc(4);
  counter.writeUInt32BE(told.counter);
  return Buffer.concat([sha256(told.rpId), Buffer.from([flags]), counter, attested]);
}

/** How each algorithm makes keys, signs, and writes a key down (RFC 9053 section 7, RFC 8230 section 4). */
const KEYS = {
  ES256: {
    hash: "sha256",
    make: () => generateKeyPairSync("ec", { namedCurve: "P-256" }),
    cose: (key) => coseKey(key, { kty: 2, alg: -7, crv: 1 }, ["x", "y"]),
  },
  EdDSA: {
    hash: null,
    make: () => generateKeyPairSync("ed25519"),
    cose: (key) => coseKey(key, { kty: 1, alg: -8, crv: 6 }, ["x"]),
  },
  RS256: {
    hash: "sha256",
    make: () => generateKeyPairSync("rsa", { modulusLength: 2048 }),
    cose: (key) => coseKey(key, { kty: 3, alg: -257 }, ["n", "e"]),
  },
} satisfies Record<
  Algorithm,
  {
    hash: string | null;
    make(): { privateKey: KeyObject; publicKey: KeyObject };
    cose(key: KeyObject): Cbor;
  }
>;

function coseKey(
  key: KeyObject,
  { kty, alg, crv }: { kty: number; alg: number; crv?: number },
  parts: ("x" | "y" | "n" | "e")[],
): Cbor {
  const jwk = key.export({ format: "jwk" });
  const entries: [number, Cbor][] = [
    [1, kty],
    [3, alg],
  ];
  if (crv !== undefined) entries.push([-1, crv]);
  for (const part of parts) {
    entries.push([1 - entries.length, Buffer.from(jwk[part] as string, "base64url")]);
  }
  return new Map(entries);
}

type Cbor = number | string | Buffer | Map<number | string, Cbor>;

/** The little of CBOR (RFC 8949) that authenticators speak. */
function cbor(value: Cbor): Buffer {
  if (typeof value === "number") return value < 0 ? head(1, -1 - value) : head(0, value);
  if (typeof value === "string") {
    const text = Buffer.from(value);
    return Buffer.concat([head(3, text.length), text]);
  }
  if (Buffer.isBuffer(value)) return Buffer.concat([head(2, value.length), value]);
  const pairs = [...value].flatMap(([key, inner]) => [cbor(key), cbor(inner)]);
  return Buffer.concat([head(5, value.size), ...pairs]);
}

function head(major: number, count: number): Buffer {
  const first = major << 5;
  if (count < 24) return Buffer.from([first | count]);
  if (count < 256) return Buffer.from([first | 24, count]);
  return Buffer.from([first | 25, count >> 8, count & 255]);
}

function sha256(data: string | Buffer): Buffer {
  return createHash("sha256").update(data).digest();
}
