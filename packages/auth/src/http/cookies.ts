/** Node accepts no more than 16 KiB of headers by default, so an honest Cookie header is shorter. */
const MAX_HEADER_LENGTH = 16 * 1024;

/** Browsers drop a cookie of more than 4096 bytes, name and value together (RFC 6265bis 5.6). */
const SAFE_VALUE = /^[A-Za-z0-9._~=&%-]{0,4000}$/;

/** One of our cookies; it lives until the browser closes unless `maxAgeSeconds` says otherwise. */
export interface Cookie {
  /** Without prefix. */
  name: string;
  value: string;
  maxAgeSeconds?: number | undefined;
  /** False on plain-http localhost only. */
  secure: boolean;
}

/** Under the `__Host-` prefix a browser takes a cookie from this very host over HTTPS only. */
export function cookieName(base: string, secure: boolean): string {
  return secure ? `__Host-${base}` : base;
}

/**
 * The value of the first cookie of exactly this name (prefix included), or null when there is none
 * or it is nothing `setCookie` could have set; a later duplicate is never looked at.
 */
export function readCookie(header: string | null, name: string): string | null {
  if (header === null || header.length > MAX_HEADER_LENGTH) return null;
  // Nothing but plain spaces is skipped: String.trim would turn "\u00a0__Host-session", which a
  // subdomain may set, into ours.
  const pair = header.split(/; */).find((text) => text.startsWith(`${name}=`));
  const value = pair?.slice(name.length + 1);
  return value !== undefined && SAFE_VALUE.test(value) ? value : null;
}

/** A Set-Cookie value; it never has a Domain, so no other host gets the cookie. */
export function setCookie({ name, value, maxAgeSeconds, secure }: Cookie): string {
  if (!SAFE_VALUE.test(value)) throw new TypeError(`Not a value for a cookie: "${name}".`);
  const attributes = ["Path=/", ...(secure ? ["Secure"] : []), "HttpOnly", "SameSite=Lax"];
  if (maxAgeSeconds !== undefined) attributes.push(`Max-Age=${Math.trunc(maxAgeSeconds)}`);
  return [`${cookieName(name, secure)}=${value}`, ...attributes].join("; ");
}

/** A Set-Cookie value that removes the cookie, which takes the same name and attributes. */
export function clearCookie({ name, secure }: Pick<Cookie, "name" | "secure">): string {
  return setCookie({ name, secure, value: "", maxAgeSeconds: 0 });
}
