import type { RouteArgs } from "@auth-rr/auth";
import { createCookieSessionStorage } from "react-router";

const storage = createCookieSessionStorage({ cookie: { name: "flash", secrets: ["bench"] } });

/** Reads React Router's own signed cookie, and hands one to whoever has none. */
export async function loader({ request }: RouteArgs) {
  const session = await storage.getSession(request.headers.get("Cookie"));
  if (session.get("theme")) return Response.json({ theme: session.get("theme") });
  session.set("theme", "dark");
  return Response.json({}, { headers: { "Set-Cookie": await storage.commitSession(session) } });
}
