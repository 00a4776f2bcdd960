import { verify } from "@node-rs/argon2";
import { eq } from "drizzle-orm";
import { drizzle } from "drizzle-orm/postgres-js";
import postgres from "postgres";
import { createCookieSessionStorage, redirect } from "react-router";
import { passwords, users } from "../../../schema.ts";
import { environment } from "../environment.server";
import type { Kind } from "../kind.server";

const db = drizzle({ client: postgres(environment.url, { onnotice: () => {} }) });

const storage = createCookieSessionStorage<{ userId: string }>({
  cookie: { name: "naive", httpOnly: true, sameSite: "lax", secrets: [environment.secret] },
});

/** What tutorials show: a signed cookie, and `await verify()` on libuv's threads. */
export const kind: Kind = {
  middleware: [],

  async whoIs({ request }) {
    const session = await storage.getSession(request.headers.get("Cookie"));
    const id = session.get("userId") ?? "";
    const [user] = await db.select({ email: users.email }).from(users).where(eq(users.id, id));
    return user?.email ?? null;
  },

  async login({ request }) {
    const form = await request.formData();
    const [user] = await db
      .select({ id: users.id, hash: passwords.hash })
      .from(users)
      .innerJoin(passwords, eq(passwords.userId, users.id))
      .where(eq(users.email, String(form.get("email"))));
    const known = user && (await verify(user.hash, String(form.get("password"))));
    if (!user || !known) return new Response(null, { status: 401 });
    const session = await storage.getSession();
    session.set("userId", user.id);
    return redirect("/", { headers: { "Set-Cookie": await storage.commitSession(session) } });
  },
};
