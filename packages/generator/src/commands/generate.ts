import nodePlop from "node-plop";
import { checkedName } from "../plop/draft.ts";
import authRr from "../plop/plopfile.ts";
import { Refusal } from "../project/refusal.ts";
import { type Command, EXIT } from "./command.ts";
import { nearest } from "./nearest.ts";
import { open } from "./open.ts";

const KINDS = ["route", "email"];

export const generate: Command = {
  summary: "a guarded route or a mail of your own",
  usage: "g route|email <name>",
  async run(call) {
    const [kind = "", word] = call.words;
    if (!KINDS.includes(kind)) {
      const guess = nearest(kind, KINDS);
      throw new Refusal({
        code: "KIND_UNKNOWN",
        message: `There is nothing called ${kind || "that"} to make.`,
        cure: `${guess ? `Did you mean ${guess}? ` : ""}There are ${KINDS.join(", ")}.`,
        exit: 2,
      });
    }
    const name = checkedName(word);
    const { project } = open(call);
    const plop = await nodePlop("", { destBasePath: project.root, force: false });
    authRr(plop);
    const { changes, failures } = await plop.getGenerator(`auth-rr-${kind}`).runActions({ name });
    for (const { path } of changes) call.console.print(path);
    for (const { error } of failures) call.console.note(error);
    call.console.answer({
      changes: changes.map(({ path }) => path),
      failures: failures.map(({ error }) => error),
    });
    return failures.length > 0 ? EXIT.refused : EXIT.done;
  },
};
