/** Stands in for the site's own origin while parsing; names under ".invalid" never resolve (RFC 2606). */
const HERE = "https://return-to.invalid";

/** Characters, coming in and going out: R45, a returnTo this long must not break a cookie or header. */
const MAX_LENGTH = 2000;

/**
 * A page of this site (pathname, search and hash in printable ASCII, at most 2000 characters), or
 * null for whatever could lead elsewhere; React Router's own `.data`, `_routes` and bare `index` are
 * taken off.
 */
export function safeReturnTo(value: string | null | undefined): string | null {
  if (!value || value.length > MAX_LENGTH || !staysHere(value)) return null;
  const url = URL.parse(value, HERE);
  /* v8 ignore if -- @preserve: a second lock. What `staysHere` lets through was never seen to get here. */
  if (url?.origin !== HERE) return null;
  // Assigned to the URL, which resolves what stripping may uncover: "/a/...data" is "/a/..".
  url.pathname = withoutDataSuffix(url.pathname);
  url.search = withoutInternalParams(url.search);
  if (!staysHereDecoded(url.pathname)) return null;
  const path = url.pathname + url.search + url.hash;
  return path.length > MAX_LENGTH ? null : path;
}

/** Browsers read "\" as "/" and drop tabs and line breaks: "/\evil" and "/<tab>/evil" are "//evil". */
function staysHere(path: string): boolean {
  return /^\/(?!\/)/.test(path) && !/[\p{Cc}\\]/u.test(path) && path.isWellFormed();
}

/** Who decodes the path once more must not be led away either, as by "/%2fevil" or "/%09/evil". */
function staysHereDecoded(pathname: string): boolean {
  try {
    return staysHere(decodeURIComponent(pathname));
  } catch {
    return false;
  }
}

/** React Router asks `/a.data` for `/a`, `/a/_.data` for `/a/` and, before 8, `/_root.data` for `/`. */
function withoutDataSuffix(pathname: string): string {
  return pathname.replace(/\/_(?:root)?(?:\.data)+$/, "/").replace(/(?:\.data)+$/, "");
}

/** Like React Router itself, leaves an app's own `index=3` alone. */
function withoutInternalParams(search: string): string {
  const params = search.slice(1).split("&");
  return `?${params.filter((param) => param !== "" && !isInternalParam(param)).join("&")}`;
}

function isInternalParam(param: string): boolean {
  const [[name, value] = []] = new URLSearchParams(`?${param}`);
  return name === "_routes" || (name === "index" && value === "");
}
