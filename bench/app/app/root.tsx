import type { ReactNode } from "react";
import { Outlet } from "react-router";
import { kind } from "./kind.server";

export const middleware = kind.middleware;

export function Layout({ children }: { children: ReactNode }) {
  return (
    <html lang="en">
      <head>
        <title>Bench</title>
      </head>
      <body>{children}</body>
    </html>
  );
}

export default Outlet;
