import { data, redirect } from "react-router";
import type { TokenPurpose } from "../features/tokens/purposes.ts";
import { readForm } from "../http/form.ts";
import { hideQueryFromLogs } from "../http/socket-address.ts";
import { type RouteArgs, visitContext, visitOf } from "./visit.ts";

/** What pages need besides guards: their form, the token of a mailed link, the nonce of their scripts. */
export const page = {
  /**
   * The named fields of a posted form, "" where absent. Anything but a small, well-formed form with just these
   * fields, each once, ends the request with 400, 413 or 415.
   */
  async readForm<const Name extends string>(
    args: RouteArgs,
    fields: readonly Name[],
  ): Promise<Record<Name, string>> {
    const form = await readForm(args.request, fields);
    if (form.ok) return form.fields;
    visitOf(args).refusal = { reason: form.reason };
    throw data({ reason: form.reason }, { status: form.status });
  },

  /**
   * For the loader of a page that mailed links lead to: moves `?token=` into a cookie and the visitor to the clean URL,
   * so that the token is in no history, log or Referer. Spends nothing.
   */
  async receiveToken(args: RouteArgs, purpose: TokenPurpose): Promise<void> {
    const token = args.url.searchParams.get("token");
    if (token === null) return;
    hideQueryFromLogs();
    visitOf(args).keepLinkToken(purpose, /^[\w-]{1,64}$/.test(token) ? token : "none");
    throw redirect(args.url.pathname, 303);
  },

  /**
   * The Content-Security-Policy nonce of this request, for `<ServerRouter nonce>`; "" for the few requests that
   * React Router answers before any middleware, such as OPTIONS.
   */
  nonce({ context }: Pick<RouteArgs, "context">): string {
    return context.get(visitContext)?.nonce ?? "";
  },
};
