import type { RouteArgs } from "@auth-rr/auth";
import { kind } from "../kind.server";

/** The smallest loader that knows who is signed in. */
export async function loader(args: RouteArgs) {
  return Response.json({ email: await kind.whoIs(args) });
}
