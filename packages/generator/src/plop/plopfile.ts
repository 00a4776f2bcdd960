import { features } from "../features/catalog.ts";
import { Refusal } from "../project/refusal.ts";
import { checkedName, Draft } from "./draft.ts";
import { emailFiles, routeFiles } from "./own-files.ts";

/** What is used of plop, so that a plopfile of any version of it will do. */
export interface PlopApi {
  getDestBasePath(): string;
  setActionType(name: string, action: Action): unknown;
  setGenerator(name: string, generator: object): unknown;
  setDefaultInclude(include: object): unknown;
  renderString(template: string, data: object): string;
}

type Answers = Record<string, string>;
type Action = (answers: Answers, config: Record<string, unknown>) => Promise<string> | string;

/** Plop shows what is thrown only if it is a string. */
function told(action: Action): Action {
  return async (answers, config) => {
    try {
      return await action(answers, config);
    } catch (error) {
      throw error instanceof Refusal ? `${error.message} ${error.cure}` : String(error);
    }
  };
}

/**
 * For your own plopfile: `await plop.load("auth-rr")`. Each feature becomes a generator, and the action types are yours
 * to use: `auth-rr:feature` and `auth-rr:file` only write into a plan, `auth-rr:write` carries it out, whole or not at all.
 */
export default function authRr(plop: PlopApi): void {
  // plop.load() leaves out action types otherwise, and a team's own generators could not use them.
  plop.setDefaultInclude({ generators: true, actionTypes: true });
  const draft = new Draft(() => plop.getDestBasePath());
  const action = (name: string, work: Action) => plop.setActionType(name, told(work));
  action("auth-rr:feature", (_answers, { feature }) => draft.feature(String(feature)));
  action("auth-rr:file", (answers, { path, template }) =>
    draft.file(
      plop.renderString(String(path), answers),
      plop.renderString(String(template), answers),
    ),
  );
  action("auth-rr:route", (answers) => draft.route(answers.name ?? ""));
  action("auth-rr:members-only", (answers) => draft.membersOnly(answers.name ?? ""));
  action("auth-rr:write", (_answers, { install }) => draft.write(install !== false));
  for (const { id, title } of features) {
    plop.setGenerator(`auth-rr-${id}`, {
      description: title,
      prompts: [{ type: "confirm", name: "install", message: "Install what it needs?" }],
      actions: ({ install }: { install?: boolean } = {}) => [
        { type: "auth-rr:feature", feature: id },
        { type: "auth-rr:write", install },
      ],
    });
  }
  plop.setGenerator("auth-rr-route", {
    description: "A page for members only, with its test",
    prompts: [{ type: "input", name: "name", message: "Its path, e.g. reports" }],
    actions: ({ name }: Answers) => [
      ...(checkedName(name) && routeFiles(draft.app())),
      { type: "auth-rr:route" },
      { type: "auth-rr:members-only" },
      { type: "auth-rr:write" },
    ],
  });
  plop.setGenerator("auth-rr-email", {
    description: "A mail of your own",
    prompts: [{ type: "input", name: "name", message: "Its name, e.g. weekly-report" }],
    actions: ({ name }: Answers) => [
      ...(checkedName(name) && emailFiles(draft.app())),
      { type: "auth-rr:write" },
    ],
  });
}
