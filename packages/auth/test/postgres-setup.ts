import postgres from "postgres";
import type { TestProject } from "vitest/node";
import { ddl } from "./ddl.ts";
import { startPostgres } from "./postgres-server.ts";

declare module "vitest" {
  interface ProvidedContext {
    postgresUrl: string;
  }
}

/** Starts the one server of this run; its database `template` has the test schema, and each test file gets a copy. */
export default async function setup(project: TestProject) {
  const server = await startPostgres();
  try {
    await makeTemplate(server.url);
  } catch (error) {
    await server.close();
    throw error;
  }
  project.provide("postgresUrl", server.url);
  return server.close;
}

/** Also for servers that a test starts for itself. */
export async function makeTemplate(serverUrl: string): Promise<void> {
  const admin = postgres(serverUrl, { max: 1 });
  await admin.unsafe("create database template");
  await admin.end();
  const url = new URL(serverUrl);
  url.pathname = "/template";
  const template = postgres(url.href, { max: 1 });
  for (const statement of await ddl()) await template.unsafe(statement);
  await template.end();
}
