import type { RouteArgs } from "@auth-rr/auth";
import { Outlet, useLoaderData } from "react-router";
import { kind } from "../kind.server";

/** One of four loaders of a document that all ask who is signed in. */
export async function loader(args: RouteArgs) {
  return { email: await kind.whoIs(args) };
}

export default function Nest() {
  const { email } = useLoaderData<typeof loader>();
  return (
    <section>
      <p>{email}</p>
      <Outlet />
    </section>
  );
}
