import { readFile } from "node:fs/promises";

/** Reads a small file. */
export async function loader() {
  const text = await readFile("vite.config.ts", "utf8").catch(() => "");
  return Response.json({ length: text.length });
}
