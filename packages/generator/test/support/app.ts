import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { main } from "../../src/commands/main.ts";
import type { Console } from "../../src/console/console.ts";
import { put } from "./tree.ts";

export interface App {
  root: string;
  /** Runs a command line as somebody without a terminal. */
  run(...args: string[]): Promise<Ran>;
  /** Runs it as somebody with one, who gives these answers in turn. */
  ask(answers: (boolean | string | string[])[], ...args: string[]): Promise<Ran>;
  read(path: string): string | null;
  write(path: string, text: string): void;
  edit(path: string, from: string | RegExp, to: string): void;
  git(...args: string[]): string;
}

export interface Ran {
  exit: number;
  said: string;
  noted: string;
  // biome-ignore lint/suspicious/noExplicitAny: what a test looks at differs with the command.
  data: any;
}

const hosts = join(import.meta.dirname, "../../../../fixtures/hosts");

/** A copy of one of the plain host apps, with some files changed; gone when the test is over. */
export function hostApp(name: string, files: Record<string, string> = {}): App {
  const root = realpathSync(mkdtempSync(join(tmpdir(), "auth-rr-host-")));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  cpSync(join(hosts, name), root, { recursive: true });
  for (const [path, text] of Object.entries(files)) put(root, path, text);
  return appAt(root);
}

export function appAt(root: string): App {
  const read = (path: string) =>
    existsSync(join(root, path)) ? readFileSync(join(root, path), "utf8") : null;
  return {
    root,
    run: (...args) => run(root, args, []),
    ask: (answers, ...args) => run(root, args, answers),
    read,
    write: (path, text) => put(root, path, text),
    edit(path, from, to) {
      const before = read(path) ?? "";
      const after = before.replace(from, to);
      if (after === before) throw new Error(`${path} has no ${from}`);
      put(root, path, after);
    },
    git(...args) {
      const who = [
        "-c",
        "user.name=A",
        "-c",
        "user.email=a@example.com",
        "-c",
        "commit.gpgsign=false",
      ];
      return execFileSync("git", [...who, ...args], { cwd: root, encoding: "utf8" });
    },
  };
}

async function run(
  root: string,
  args: string[],
  answers: (boolean | string | string[])[],
): Promise<Ran> {
  const ran: Ran = { exit: -1, said: "", noted: "", data: null };
  const left = [...answers];
  const next = <Answer>() => {
    if (left.length === 0) throw new Error("A question was asked that nobody expected.");
    return left.shift() as Answer;
  };
  const console: Console = {
    interactive: answers.length > 0,
    json: false,
    print(text) {
      ran.said += `${text}\n`;
    },
    note(text) {
      ran.noted += `${text}\n`;
    },
    answer(data) {
      ran.data = data;
    },
    confirm: async () => next<boolean>(),
    choose: async () => next<string>(),
    chooseMany: async () => next<string[]>(),
    during: (_what, work) => work(),
  };
  ran.exit = await main(args, root, console);
  return ran;
}
