import type { TokenPurpose } from "./features/tokens/purposes.ts";

/** Whoever is on the other side of this request: what the house may know about them, and what it may hand them. */
export interface Visitor {
  readonly ip: string | null;
  /** What limits count: an IPv4 address, an IPv6 /64, or one bucket for all we cannot tell apart. */
  readonly network: string;
  readonly userAgent: string | null;
  /** "Firefox on Linux": words of ours only, safe in any mail or page. */
  readonly device: string;
  readonly requestId: string;
  readonly sessionToken: string | null;
  readonly challengeToken: string | null;
  /** What a trusted browser holds. */
  readonly deviceToken: string | null;
  giveSession(token: string, persistent: boolean): void;
  dropSession(): void;
  giveChallenge(token: string): void;
  dropChallenge(): void;
  giveDevice(token: string): void;
  /** A secret only this browser holds, so that what it began can be told from what another browser ends. */
  readonly flow: string | null;
  beginFlow(): string;
  /** The token of the link this browser opened, waiting for its button to be pressed. */
  linkToken(purpose: TokenPurpose): string | null;
  keepLinkToken(purpose: TokenPurpose, token: string): void;
  dropLinkToken(purpose: TokenPurpose): void;
}
