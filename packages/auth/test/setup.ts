import { afterAll } from "vitest";
import { giveBackDatabases } from "./database.ts";

// Runs for each file.
afterAll(giveBackDatabases);
