import { describe } from "vitest";
import { stack } from "./stack/stack.ts";
import { itSurvivesFaultsOf } from "./support/network-faults.ts";

describe("the network between pgbouncer and PostgreSQL", () => {
  itSurvivesFaultsOf(stack.databaseLink, { blackholeMs: 7_000 });
});
