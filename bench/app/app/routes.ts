import { type RouteConfig, route } from "@react-router/dev/routes";

export default [
  route("plain", "routes/plain.ts"),
  route("user", "routes/user.ts"),
  route("cookie", "routes/cookie.ts"),
  route("file", "routes/file.ts"),
  route("login", "routes/login.ts"),
  route("one", "routes/nest.tsx", { id: "one" }, [
    route("two", "routes/nest.tsx", { id: "two" }, [
      route("three", "routes/nest.tsx", { id: "three" }, [
        route("four", "routes/nest.tsx", { id: "four" }),
      ]),
    ]),
  ]),
] satisfies RouteConfig;
