import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readForm } from "./form.ts";

const TYPE = "application/x-www-form-urlencoded";
const FIELDS = ["email", "password"] as const;

function post(body: BodyInit | null, headers: Record<string, string> = { "content-type": TYPE }) {
  const init = { method: "POST", body, headers, duplex: "half" };
  return new Request("https://app.example/login", init);
}

/** Sends without announcing a length, as a chunked upload does, and tells how much of it was asked for. */
function streamOf(chunks: number, chunk = "a".repeat(1024)) {
  const seen = { pulled: 0, cancelled: false };
  const body = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        seen.pulled += 1;
        if (seen.pulled > chunks) controller.close();
        else controller.enqueue(new TextEncoder().encode(chunk));
      },
      cancel: () => {
        seen.cancelled = true;
      },
    },
    { highWaterMark: 0 },
  );
  return { body, seen };
}

describe("reading a form", () => {
  it("gives every field that was asked for, empty when it was not sent", async () => {
    const form = await readForm(post("password=+a%2Bb%26+%C3%A9&"), FIELDS);
    expect(form).toEqual({ ok: true, fields: { email: "", password: " a+b& é" } });
  });

  it("takes everything after the first = for the value", async () => {
    const form = await readForm(post("password=a=b==&email"), FIELDS);
    expect(form).toEqual({ ok: true, fields: { email: "", password: "a=b==" } });
  });

  it("keeps a password exactly as it was typed", async () => {
    const text = fc
      .string({ unit: "grapheme" })
      .filter((value) => !/[\0\ufffd]/.test(value) && value.isWellFormed());
    await fc.assert(
      fc.asyncProperty(text, text, async (email, password) => {
        const form = await readForm(post(new URLSearchParams({ email, password })), FIELDS);
        expect(form).toEqual({ ok: true, fields: { email, password } });
      }),
    );
  });

  it.each([null, ""])("reads an empty body (%j) as empty fields", async (body) => {
    expect(await readForm(post(body), FIELDS)).toEqual({
      ok: true,
      fields: { email: "", password: "" },
    });
  });

  it.each([TYPE.toUpperCase(), `${TYPE};charset=UTF-8`, `${TYPE}; charset="utf-8"`])(
    "takes the content type %j",
    async (type) => {
      expect(await readForm(post("email=a", { "content-type": type }), FIELDS)).toMatchObject({
        ok: true,
      });
    },
  );

  it.each([
    "multipart/form-data; boundary=x",
    "application/json",
    "text/plain",
    "text/plain, application/x-www-form-urlencoded",
    `${TYPE}; charset=iso-8859-1`,
    `${TYPE}x`,
    "",
  ])("R82 refuses the content type %j", async (type) => {
    const refusal = { ok: false, status: 415, reason: "unsupported_form" };
    expect(await readForm(post("email=a", { "content-type": type }), FIELDS)).toEqual(refusal);
  });

  it("R82 refuses a body with no content type", async () => {
    expect(await readForm(post(new Uint8Array([97]), {}), FIELDS)).toMatchObject({ status: 415 });
  });

  it.each([
    "other=1",
    "email=a&email=b",
    "email=a&email=a",
    "e%6dail=a&email=b",
    "email[]=a",
    "=a",
    "=",
    "Email=a",
    "_method=DELETE",
    "__proto__=a",
    "constructor=a",
    "toString=a",
    "email=%",
    "email=%f",
    "email=%zz",
    "email=%00",
    "email=a\0b",
    "email=%ff%fe",
    "email=%c0%af",
    "email=%ed%a0%80",
    "email=%f5%80%80%80",
    "email=%ef%bf%bd",
    "email=\ufffd",
    "\ufeffemail=a",
    "email%00=a",
    new Uint8Array([...new TextEncoder().encode("email="), 0xff]),
    new Uint8Array([...new TextEncoder().encode("email="), 0xc3]),
    new Uint8Array([...new TextEncoder().encode("email="), 0xed, 0xa0, 0x80]),
  ])("R5 refuses the malformed form %j", async (body) => {
    expect(await readForm(post(body), FIELDS)).toEqual({
      ok: false,
      status: 400,
      reason: "malformed_form",
    });
  });

  it("R5 has an answer for any bytes, and never a NUL or U+FFFD in it", async () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc
        .array(
          fc.constantFrom(..."email password = & % + %00 %ff %41 %e2%82%ac __proto__".split(" ")),
        )
        .map((parts) => new TextEncoder().encode(parts.join(""))),
    );
    await fc.assert(
      fc.asyncProperty(bytes, async (body) => {
        const form = await readForm(post(new Uint8Array(body)), FIELDS);
        if (form.ok) {
          expect(Object.keys(form.fields)).toEqual(FIELDS);
          expect(Object.values(form.fields).join("")).not.toMatch(/[\0\ufffd]/);
        } else {
          expect(form.reason).toBe("malformed_form");
        }
      }),
      { numRuns: 1000 },
    );
  });

  it("R5 makes a field named __proto__ no more than a field", async () => {
    const form = await readForm(post("__proto__=x&constructor=y"), ["__proto__", "constructor"]);
    expect(form.ok && Object.entries(form.fields)).toEqual([
      ["__proto__", "x"],
      ["constructor", "y"],
    ]);
    expect(({} as Record<string, unknown>).x).toBeUndefined();
  });

  it("R82 refuses by the announced length, without reading", async () => {
    const { body, seen } = streamOf(1);
    const request = post(body, { "content-type": TYPE, "content-length": "65537" });
    expect(await readForm(request, FIELDS)).toEqual({
      ok: false,
      status: 413,
      reason: "body_too_large",
    });
    expect(seen.pulled).toBe(0);
  });

  it.each([{}, { "content-length": "10" }, { "content-length": "junk" }])(
    "R82 counts the bytes that really come, whatever was announced: %j",
    async (headers) => {
      const { body, seen } = streamOf(1000);
      const request = post(body, { "content-type": TYPE, ...headers });
      expect(await readForm(request, FIELDS)).toEqual({
        ok: false,
        status: 413,
        reason: "body_too_large",
      });
      expect(seen.pulled).toBe(65);
    },
  );

  it("R82 leaves the connection able to carry the 413", async () => {
    const { body, seen } = streamOf(1000);
    await readForm(post(body), FIELDS);
    expect(seen.cancelled).toBe(false);
  });

  it("R82 takes a body of exactly the limit, and not a byte more", async () => {
    expect(await readForm(post("email=abcd"), FIELDS, 10)).toMatchObject({ ok: true });
    expect(await readForm(post("email=abcde"), FIELDS, 10)).toMatchObject({ status: 413 });
  });

  it("R5 refuses a body that breaks off", async () => {
    const body = new ReadableStream({
      pull: (controller) => controller.error(new Error("aborted")),
    });
    expect(await readForm(post(body), FIELDS)).toMatchObject({
      status: 400,
      reason: "malformed_form",
    });
  });

  it("tells the developer when something else has read the body", async () => {
    const request = post("email=a");
    await request.text();
    await expect(readForm(request, FIELDS)).rejects.toThrow("was read before");
  });
});
