import { beforeEach } from "vitest";
import { stack } from "../stack/stack.ts";

// A test that failed in the middle of its fault must not fail those after it.
beforeEach(async () => {
  const { primary, nodes, smtp, appLink, databaseLink, mailLink } = stack;
  for (const link of [appLink, databaseLink, mailLink]) link.pass();
  smtp.behave();
  if (!smtp.isRunning()) await smtp.start();
  if (!primary.isRunning()) await primary.start();
  for (const node of nodes) if (!node.isRunning()) await node.start();
});
