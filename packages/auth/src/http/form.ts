const TOO_LARGE = { ok: false, status: 413, reason: "body_too_large" } as const;
const UNSUPPORTED = { ok: false, status: 415, reason: "unsupported_form" } as const;
const MALFORMED = { ok: false, status: 400, reason: "malformed_form" } as const;

const FORM_TYPE = /^application\/x-www-form-urlencoded *(?:; *charset="?utf-8"? *)?$/i;

/** The fields that were asked for, or why the body is refused and with which HTTP status. */
export type Form<Name extends string> =
  | { ok: true; fields: Record<Name, string> }
  | typeof TOO_LARGE
  | typeof UNSUPPORTED
  | typeof MALFORMED;

/**
 * Reads a URL-encoded form of exactly these fields; a missing one reads as "". Refuses with
 * `body_too_large` (more than `limitBytes`), `unsupported_form` (another content type) or
 * `malformed_form` (a field unknown or repeated, not UTF-8, NUL, U+FFFD, a body that breaks off).
 */
export async function readForm<const Name extends string>(
  request: Request,
  names: readonly Name[],
  limitBytes = 65_536,
): Promise<Form<Name>> {
  if (!FORM_TYPE.test(request.headers.get("content-type") ?? "")) return UNSUPPORTED;
  if (Number(request.headers.get("content-length")) > limitBytes) return TOO_LARGE;
  if (request.bodyUsed) throw new TypeError("readForm needs the body, but it was read before.");
  const body = await readBody(request, limitBytes);
  if (!(body instanceof Uint8Array)) return body;
  const fields = fieldsOf(body, names);
  return fields ? { ok: true, fields } : MALFORMED;
}

/** Counts while it reads, because a chunked body announces no length. */
async function readBody(request: Request, limitBytes: number) {
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    // The rest is left unread rather than cancelled: under react-router-serve cancelling resets the
    // connection, and the 413 never arrives.
    for await (const chunk of request.body?.values({ preventCancel: true }) ?? []) {
      length += chunk.length;
      if (length > limitBytes) return TOO_LARGE;
      chunks.push(chunk);
    }
  } catch {
    return MALFORMED;
  }
  return Buffer.concat(chunks);
}

function fieldsOf<Name extends string>(body: Uint8Array, names: readonly Name[]) {
  const pairs = decodedPairs(body);
  if (pairs === null) return null;
  const sent = new Map(pairs);
  const isRepeated = sent.size < pairs.length;
  const isUnknown = [...sent.keys()].some((name) => !names.includes(name as Name));
  if (isRepeated || isUnknown) return null;
  // Defines own properties, so even a field called "__proto__" is only a field.
  const fields = Object.fromEntries(names.map((name) => [name, sent.get(name) ?? ""]));
  return fields as Record<Name, string>;
}

/** Null when the bytes are not text: R5, two passwords that both decode to U+FFFD would be one. */
function decodedPairs(body: Uint8Array): [name: string, value: string][] | null {
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(body);
    const pairs = text.split("&").filter(Boolean);
    return pairs.map((pair) => {
      const [name = "", ...value] = pair.replaceAll("+", " ").split("=");
      return [decodeText(name), decodeText(value.join("="))];
    });
  } catch {
    return null;
  }
}

function decodeText(encoded: string): string {
  const text = decodeURIComponent(encoded);
  if (/[\0\ufffd]/.test(text)) throw new URIError("NUL or U+FFFD");
  return text;
}
