export interface BrowserOptions {
  ip?: string;
  userAgent?: string;
  origin?: string;
}

type Fields = Record<string, string> | [string, string][];

/** A browser as the server sees it: keeps cookies, tells its origin, follows nothing by itself. */
export function browser(
  handle: (request: Request) => Promise<Response>,
  {
    ip = "198.51.100.1",
    userAgent = "Mozilla/5.0 (X11; Linux x86_64) Firefox/144.0",
    origin = "https://app.test",
  }: BrowserOptions = {},
) {
  const jar = new Map<string, string>();

  async function send(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers({
      Accept: "text/html",
      Cookie: [...jar].map(([name, value]) => `${name}=${value}`).join("; "),
      "User-Agent": userAgent,
      "X-Forwarded-For": ip,
      "Sec-Fetch-Site": "same-origin",
    });
    new Headers(init.headers).forEach((value, name) => {
      if (value === "") headers.delete(name);
      else headers.set(name, value);
    });
    const response = await handle(new Request(origin + path, { ...init, headers }));
    for (const line of response.headers.getSetCookie()) keep(line);
    return response;
  }

  function keep(line: string): void {
    const [pair = "", ...attributes] = line.split("; ");
    const name = pair.slice(0, pair.indexOf("="));
    if (attributes.includes("Max-Age=0")) jar.delete(name);
    else jar.set(name, pair.slice(name.length + 1));
  }

  return {
    jar,
    send,
    get: (path: string, headers: HeadersInit = {}) => send(path, { headers }),
    post: (path: string, fields: Fields = {}, headers: HeadersInit = {}) =>
      send(path, { method: "POST", body: new URLSearchParams(fields), headers }),
    /** Takes over a cookie header as another program would set it. */
    adopt(cookie: string): void {
      keep(cookie);
    },
  };
}

/**
 * Makes browsers, each from a network of its own (RFC 2544 set these addresses aside), so that limits do not mix the
 * tests up.
 */
export function crowd(handle: () => Parameters<typeof browser>[0], all: BrowserOptions = {}) {
  let count = 0;
  return (options: BrowserOptions = {}) => {
    count += 1;
    return browser(handle(), { ip: `198.18.${count >> 8}.${count & 255}`, ...all, ...options });
  };
}

export type Browser = ReturnType<typeof browser>;

/** What a page said, parsed: the data of its loaders and action. */
export async function pageOf(response: Response): Promise<{
  loaderData: Record<string, unknown>;
  actionData: Record<string, { reason?: string }> | null;
  errors: unknown;
}> {
  return JSON.parse(await response.text());
}
