import { Refusal } from "../project/refusal.ts";

/** Where a run says what it does, and asks. The same to people, to scripts and to tests. */
export interface Console {
  /** Whether somebody sits there who can answer. */
  interactive: boolean;
  json: boolean;
  print(text: string): void;
  /** Not part of the answer: on standard error, and nowhere in JSON. */
  note(text: string): void;
  /** The whole answer as data. */
  answer(data: object): void;
  confirm(question: string): Promise<boolean>;
  choose(question: string, choices: readonly Choice[]): Promise<string>;
  chooseMany(question: string, choices: readonly Choice[]): Promise<string[]>;
  /** Shows that something takes long, where there is a terminal. */
  during<Result>(what: string, work: () => Promise<Result>): Promise<Result>;
}

export interface Choice {
  value: string;
  label: string;
}

/** The process's own terminal. Prompts are loaded when the first question is asked. */
export function terminal(json: boolean): Console {
  const interactive =
    !json && Boolean(process.stdin.isTTY && process.stdout.isTTY) && !process.env.CI;
  return {
    interactive,
    json,
    print(text) {
      if (!json) process.stdout.write(`${text}\n`);
    },
    note(text) {
      if (!json) process.stderr.write(`${text}\n`);
    },
    answer(data) {
      if (json) process.stdout.write(`${JSON.stringify(data, null, 2)}\n`);
    },
    async confirm(question) {
      const { confirm, isCancel } = await prompts();
      const answer = await confirm({ message: question });
      return !isCancel(answer) && answer;
    },
    async choose(question, choices) {
      const { select } = await prompts();
      const answer = await select({ message: question, options: [...choices] });
      return answered(answer);
    },
    async chooseMany(question, choices) {
      const { multiselect } = await prompts();
      const answer = await multiselect({ message: question, options: [...choices] });
      return answered(answer);
    },
    async during(what, work) {
      if (!interactive) {
        this.note(what);
        return work();
      }
      const { spinner } = await prompts();
      const wheel = spinner();
      wheel.start(what);
      try {
        const result = await work();
        wheel.stop(what);
        return result;
      } catch (error) {
        wheel.error(what);
        throw error;
      }
    },
  };
}

/** The prompts answer with a symbol when somebody leaves. */
function answered<Answer>(answer: Answer): Exclude<Answer, symbol> {
  if (typeof answer !== "symbol") return answer as Exclude<Answer, symbol>;
  throw new Refusal({
    code: "NO_ANSWER",
    message: "You left without an answer.",
    cure: "Nothing was done.",
  });
}

function prompts() {
  return import("@clack/prompts");
}
