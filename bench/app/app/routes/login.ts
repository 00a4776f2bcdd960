import type { RouteArgs } from "@auth-rr/auth";
import { kind } from "../kind.server";

export const action = (args: RouteArgs) => kind.login(args);
