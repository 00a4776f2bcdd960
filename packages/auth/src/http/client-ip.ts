import { isIP, isIPv4 } from "node:net";

/** What is known about where a request came from. */
export interface RequestSource {
  /** The remote address of the TCP connection. */
  socketAddress: string | null;
  /** The X-Forwarded-For header, several of them joined with commas. */
  forwardedFor: string | null;
  /** How many proxies of ours stand before this process; each of them appended the address it saw. */
  trustedHops: number;
}

/**
 * The address of whoever spoke to our outermost proxy, in one spelling (v4-mapped IPv6 as IPv4), or
 * null when it cannot be known: fewer entries than trusted hops (somebody came past the proxies),
 * or junk in the trusted place.
 */
export function clientIp({
  socketAddress,
  forwardedFor,
  trustedHops,
}: RequestSource): string | null {
  if (trustedHops === 0) return canonicalIp(socketAddress ?? "");
  const entries = forwardedFor?.split(",") ?? [];
  return canonicalIp(entries[entries.length - trustedHops] ?? "");
}

/**
 * What limits count by: IPv4 whole, IPv6 by its /64 (one customer owns all of it), and one shared
 * "unknown" for all the rest, so that hiding the address is no way around a limit.
 */
export function ipNetwork(ip: string | null): string {
  const address = canonicalIp(ip ?? "");
  if (address === null) return "unknown";
  return isIPv4(address) ? address : `${expanded(address).slice(0, 4).join(":")}::/64`;
}

function canonicalIp(text: string): string | null {
  const address = bareAddress(text.trim());
  if (isIP(address) !== 6) return isIPv4(address) ? address : null;
  const [withoutZone] = address.split("%");
  const shortest = new URL(`http://[${withoutZone}]`).hostname.slice(1, -1);
  return mappedIpv4(shortest) ?? shortest;
}

/** Some proxies write "192.0.2.1:443" or "[2001:db8::1]:443". */
function bareAddress(text: string): string {
  const [, v4, v6] = /^(?:([\d.]+):\d{1,5}|\[([^\]]+)\](?::\d{1,5})?)$/.exec(text) ?? [];
  return v4 ?? v6 ?? text;
}

/** RFC 4291 section 2.5.5.2: a server that listens on IPv6 sees 192.0.2.1 as ::ffff:192.0.2.1. */
function mappedIpv4(address: string): string | null {
  if (!/^::ffff:[\da-f]+:[\da-f]+$/.test(address)) return null;
  const bytes = Buffer.from(expanded(address).slice(6).join(""), "hex");
  return bytes.join(".");
}

/** All eight groups with all four digits. */
function expanded(address: string): string[] {
  const [head = [], tail = []] = address.split("::").map((half) => half.split(":").filter(Boolean));
  const zeros = Array<string>(8 - head.length - tail.length).fill("0");
  return [...head, ...zeros, ...tail].map((group) => group.padStart(4, "0"));
}
