import { createHash, createPrivateKey, sign } from "node:crypto";

/** A certificate of nobody's for attestations, good for a hundred years, and its key (P-256, PKCS #8). */
const CERTIFICATE =
  "MIIB0TCCAXegAwIBAgIUYlyG6hBgOjxJpHl2qJOwl1uJ77MwCgYIKoZIzj0EAwIwTzELMAkGA1UEBhMCUFQxDTALBg" +
  "NVBAoMBFRlc3QxIjAgBgNVBAsMGUF1dGhlbnRpY2F0b3IgQXR0ZXN0YXRpb24xDTALBgNVBAMMBFRlc3QwIBcNMjYx" +
  "MTI1MTEwNjUxWhgPMjEyNjExMDExMTA2NTFaME8xCzAJBgNVBAYTAlBUMQ0wCwYDVQQKDARUZXN0MSIwIAYDVQQLDB" +
  "lBdXRoZW50aWNhdG9yIEF0dGVzdGF0aW9uMQ0wCwYDVQQDDARUZXN0MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE" +
  "ELs5hLjWIp7jz71Fs_wvLBfRfaw-grmjlcdWylB0M0p_4rSEdAJzYPsfqpGxcnSjPJQBZo-luO-DXdAGgSujqaMvMC" +
  "0wDAYDVR0TAQH_BAIwADAdBgNVHQ4EFgQUuk54WehV1cKDMqkedw17mwrcLtcwCgYIKoZIzj0EAwIDSAAwRQIgUNe1" +
  "5ol7dW31WeSluKC3gMVQtjfquGu2Pt2_osHz534CIQDq3HwXS3UzJzuYthcRVmBjCav-gcMSNsy9AUU85DiYJw";
const KEY =
  "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgt3xNy0p35csYxlWw-MNZMBFmK01E2uSdePv-2Jh_4b" +
  "ehRANCAAQQuzmEuNYinuPPvUWz_C8sF9F9rD6CuaOVx1bKUHQzSn_itIR0AnNg-x-qkbFydKM8lAFmj6W474Nd0AaB" +
  "K6Op";

/** The same response with a valid packed attestation by a certificate (WebAuthn Level 3 section 8.2), or by no certificate. */
export function attested(response: string, by: "certificate" | "key alone"): string {
  const json = JSON.parse(response);
  const bare = Buffer.from(json.response.attestationObject, "base64url");
  const authData = bare.subarray(bare.indexOf("authData") + "authData".length);
  // A byte string of CBOR: one byte of length after 0x58, two after 0x59.
  const data = authData.subarray(authData[0] === 0x58 ? 2 : 3);
  const clientData = Buffer.from(json.response.clientDataJSON, "base64url");
  const signed = Buffer.concat([data, createHash("sha256").update(clientData).digest()]);
  const key = createPrivateKey({ key: bytes(KEY), format: "der", type: "pkcs8" });
  const statement = [
    text("alg"),
    Buffer.from([0x26]),
    text("sig"),
    bin(sign("sha256", signed, key)),
  ];
  const chain = [text("x5c"), Buffer.from([0x81]), bin(bytes(CERTIFICATE))];
  const object = Buffer.concat([
    ...[Buffer.from([0xa3]), text("fmt"), text("packed"), text("attStmt")],
    ...(by === "certificate"
      ? [Buffer.from([0xa3]), ...statement, ...chain]
      : [Buffer.from([0xa2]), ...statement]),
    ...[text("authData"), authData],
  ]);
  const attestationObject = object.toString("base64url");
  return JSON.stringify({ ...json, response: { ...json.response, attestationObject } });
}

const bytes = (base64url: string) => Buffer.from(base64url, "base64url");
const text = (word: string) =>
  Buffer.concat([Buffer.from([0x60 | word.length]), Buffer.from(word)]);
const bin = (body: Buffer) =>
  Buffer.concat([Buffer.from([0x59, body.length >> 8, body.length & 255]), body]);
