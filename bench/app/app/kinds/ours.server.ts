import { redirect } from "react-router";
import { openHouse } from "../../../ours.ts";
import { environment } from "../environment.server";
import type { Kind } from "../kind.server";

const { auth } = openHouse(environment);

/** The house as an app has it, its own headers included. */
export const kind: Kind = {
  middleware: [auth.securityHeaders, auth.middleware],

  async whoIs(args) {
    const { user } = await auth.requireUser(args);
    return user.email;
  },

  async login(args) {
    const { email, password } = await auth.readForm(args, ["email", "password"]);
    const result = await auth.passwords.verify(args, { email, password });
    return result.ok ? auth.login(args, result.proof) : redirect("/login", { status: 401 });
  },
};
