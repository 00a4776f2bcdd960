import { redirect } from "react-router";
import { openBetterAuth } from "../../../better-auth.ts";
import { environment } from "../environment.server";
import type { Kind } from "../kind.server";

const { auth } = openBetterAuth(environment);

/** Better Auth's server API, called from loaders and actions as its documentation shows. */
export const kind: Kind = {
  middleware: [],

  async whoIs({ request }) {
    const found = await auth.api.getSession({ headers: request.headers });
    return found?.user.email ?? null;
  },

  async login({ request }) {
    const form = await request.formData();
    const { headers } = await auth.api.signInEmail({
      body: { email: String(form.get("email")), password: String(form.get("password")) },
      headers: request.headers,
      returnHeaders: true,
    });
    return redirect("/", { headers });
  },
};
