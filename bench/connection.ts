import { connect } from "node:net";

/** A whole answer as it came; bodies are ASCII here. */
export type Answer = string;

/**
 * A keep-alive connection with one request under way at a time. It costs a tenth of what `fetch` does, so that the
 * load generator takes little from the server it shares the machine with.
 */
export function openConnection(port: number) {
  const socket = connect({ port, host: "127.0.0.1", noDelay: true });
  let received = "";
  let waiting: PromiseWithResolvers<Answer> | undefined;

  socket.setEncoding("latin1");
  socket.on("data", (text: string) => {
    received += text;
    if (!isComplete(received)) return;
    waiting?.resolve(received);
    received = "";
  });
  socket.on("error", fail);
  socket.on("close", () => fail(new Error("The server closed the connection.")));

  function fail(error: Error): void {
    waiting?.reject(error);
  }

  return {
    send(request: string): Promise<Answer> {
      waiting = Promise.withResolvers();
      socket.write(request);
      return waiting.promise;
    },
    close(): void {
      waiting = undefined;
      socket.destroy();
    },
  };
}

/** By Content-Length, or by the last chunk: with one request under way nothing can follow it. */
function isComplete(text: string): boolean {
  const end = text.indexOf("\r\n\r\n");
  if (end < 0) return false;
  const head = text.slice(0, end).toLowerCase();
  if (head.includes("\r\ntransfer-encoding: chunked")) return text.endsWith("\r\n0\r\n\r\n");
  const length = /\r\ncontent-length: (\d+)/.exec(head)?.[1] ?? "0";
  return text.length >= end + 4 + Number(length);
}

export const statusOf = (answer: Answer) => Number(answer.slice(9, 12));

/** The Cookie header a browser would send after this answer. */
export function cookiesOf(answer: Answer): string {
  const lines = answer.matchAll(/\r\nset-cookie: ([^;\r]+)/gi);
  return [...lines].map(([, pair]) => pair).join("; ");
}

interface RequestOptions {
  cookie?: string;
  form?: Record<string, string>;
  /** The client's address, as a proxy would tell it. */
  ip?: string;
}

/** A request as a browser behind one proxy would send it. */
export function requestFor(
  path: string,
  port: number,
  { cookie, form, ip = "198.51.100.7" }: RequestOptions = {},
): string {
  const body = form ? new URLSearchParams(form).toString() : "";
  const headers = [
    `${form ? "POST" : "GET"} ${path} HTTP/1.1`,
    `Host: 127.0.0.1:${port}`,
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0",
    "Accept: text/html",
    `X-Forwarded-For: ${ip}`,
    ...(cookie ? [`Cookie: ${cookie}`] : []),
    ...(form
      ? [
          `Origin: http://127.0.0.1:${port}`,
          "Sec-Fetch-Site: same-origin",
          "Content-Type: application/x-www-form-urlencoded",
          `Content-Length: ${body.length}`,
        ]
      : []),
  ];
  return `${headers.join("\r\n")}\r\n\r\n${body}`;
}
