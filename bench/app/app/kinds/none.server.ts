import type { Kind } from "../kind.server";

/** The same app without any auth: nobody is asked for, nobody comes in. */
export const kind: Kind = {
  middleware: [],
  whoIs: async () => "nobody@example.com",
  login: async () => new Response(null, { status: 401 }),
};
