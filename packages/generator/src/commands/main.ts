import { terminal } from "../console/console.ts";
import { Refusal } from "../project/refusal.ts";
import { version } from "../render/template.ts";
import { type Command, EXIT, type Exit } from "./command.ts";
import { FLAGS, readArguments } from "./flags.ts";
import { nearest } from "./nearest.ts";

/** Loaded when called, so that `--help` answers at once. */
const COMMANDS: Record<string, { summary: string; load(): Promise<Command> }> = {
  init: command("begin, with login and the features you choose", () =>
    import("./init.ts").then((m) => m.init),
  ),
  add: command("add features, and what they require", () => import("./add.ts").then((m) => m.add)),
  remove: command("take features out; what you edited stays, and so do tables", () =>
    import("./remove.ts").then((m) => m.remove),
  ),
  list: command("the features there are, and which are here", () =>
    import("./list.ts").then((m) => m.list),
  ),
  diff: command("what an update would do, what you changed, what we changed", () =>
    import("./diff.ts").then((m) => m.diff),
  ),
  update: command("bring the files of this version in, and keep what you changed", () =>
    import("./update.ts").then((m) => m.update),
  ),
  doctor: command("look for what is wrong, and say what to do", () =>
    import("./doctor.ts").then((m) => m.doctor),
  ),
  routes: command("every route and what guards it", () =>
    import("./routes.ts").then((m) => m.routes),
  ),
  render: command("write the untouched files of a lock into a folder", () =>
    import("./render.ts").then((m) => m.render),
  ),
  g: command("a guarded route or a mail of your own", () =>
    import("./generate.ts").then((m) => m.generate),
  ),
};

/** Runs one command line. What goes wrong as it may is said in two sentences and has an exit code of its own. */
export async function main(
  args: string[],
  cwd = process.cwd(),
  console = terminal(args.includes("--json")),
): Promise<Exit> {
  try {
    const { command, words, flags } = readArguments(args);
    if (flags.version) console.print(version);
    else if (flags.help || command === undefined) console.print(help());
    if (flags.version || flags.help) return EXIT.done;
    if (command === undefined) return EXIT.usage;
    const { run } = await found(command).load();
    return await run({ words, flags, console, cwd });
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    console.note(`${error.message}\n${error.cure}`);
    console.answer({ error: error.message, cure: error.cure, exit: error.exit });
    return error.exit;
  }
}

function command(summary: string, load: () => Promise<Command>) {
  return { summary, load };
}

function found(name: string) {
  const there = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (there) return there;
  const names = Object.keys(COMMANDS);
  const guess = nearest(name, names);
  const hint = guess ? `Did you mean ${guess}? ` : "";
  throw new Refusal({
    code: "COMMAND_UNKNOWN",
    message: `There is no command ${name}.`,
    cure: `${hint}There are ${names.join(", ")}.`,
    exit: 2,
  });
}

function help(): string {
  const commands = Object.entries(COMMANDS).map(
    ([name, { summary }]) => `  ${name.padEnd(8)} ${summary}`,
  );
  const flags = Object.entries(FLAGS).map(([name, { help }]) => `  --${name.padEnd(18)} ${help}`);
  return [
    "auth-rr writes the authentication of a React Router app into the app.",
    "\nUsage: npx auth-rr <command> [names] [flags]\n",
    ...commands,
    "",
    ...flags,
    "\nExit codes: 0 done, 1 failed, 2 wrong usage, 3 refused, 4 conflicts or differences, 5 doctor found something.",
  ].join("\n");
}
