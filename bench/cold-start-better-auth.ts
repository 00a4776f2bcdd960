// The same with Better Auth.
import "react-router";
import { openBetterAuth } from "./better-auth.ts";

const { auth } = openBetterAuth({
  url: "postgres://127.0.0.1:1/none",
  secret: "0123456789abcdefghijklmnopqrstuvwxyz",
  origin: "http://localhost:3000",
});
await auth.$context;
