/** RFC 9110 section 9.2.1. A method nobody knows is unsafe. */
const SAFE_METHODS = new Set(["GET", "HEAD", "OPTIONS", "TRACE"]);

/** Whether a request with this method may change something and therefore owes a same-origin proof. */
export function isUnsafe(method: string): boolean {
  return !SAFE_METHODS.has(method);
}

/**
 * Whether the browser itself says that one of our own pages sent this request; asked for unsafe
 * methods only, with the configured origin as `URL.origin` spells it; false when both headers are
 * absent.
 */
export function sameOriginProof(request: Request, origin: string): boolean {
  const site = request.headers.get("sec-fetch-site");
  // "same-site" is a sibling subdomain, which may be somebody else's; "none" is the address bar or a
  // bookmark, and no form of ours is sent from there.
  if (site !== null) return site === "same-origin";
  return request.headers.get("origin") === origin;
}
