import { reactRouter } from "@react-router/dev/vite";
import { defineConfig } from "vite";

export default defineConfig({
  plugins: [reactRouter()],
  ssr: { external: ["@auth-rr/auth"] },
  logLevel: "warn",
});
