import { describe } from "vitest";
import { stack } from "./stack/stack.ts";
import { itSurvivesFaultsOf } from "./support/network-faults.ts";

describe("the network between the app and pgbouncer", () => {
  itSurvivesFaultsOf(stack.appLink, { blackholeMs: 60_000 });
});
