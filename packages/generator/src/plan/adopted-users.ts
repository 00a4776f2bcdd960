import { byHand, type Edit } from "../edits/edit.ts";
import { columnsIn } from "../project/columns.ts";
import { textAt } from "../project/disk.ts";
import type { Project } from "../project/project.ts";
import { Refusal } from "../project/refusal.ts";
import { type AdoptedUsers, fixtureOptions } from "../render/options.ts";
import { render } from "../render/render.ts";
import type { FileEdit } from "./edits.ts";

/** The app's own users table in place of ours. Refuses where there is none, or its ids can be counted. */
export function adoptedUsers({ root, users }: Project): AdoptedUsers {
  if (!users) {
    throw new Refusal({
      code: "USERS_NOT_ADOPTABLE",
      message: "There is no table named users in the schema that drizzle.config names.",
      cure: "Leave out --adopt-users, and a table is written for you.",
      exit: 2,
    });
  }
  const id = columnsIn(textAt(root, users.file) ?? "", users.exportName)?.get("id");
  if (id && !/\b(uuid|text|varchar)\b/.test(id)) {
    throw new Refusal({
      code: "USERS_NOT_ADOPTABLE",
      message: `users.id in ${users.file} is ${id}: ids that count up tell everybody how many users there are.`,
      cure: "Give it uuid or text ids, or have a table of our own: --users-table=members",
    });
  }
  return users;
}

/** What the user has to add to a table that is adopted: shown to paste, and looked for by the doctor. */
export function adoptionEdits({ file, exportName }: AdoptedUsers): FileEdit[] {
  return [
    {
      id: `${file}#auth-columns`,
      path: file,
      feature: "login",
      what: "the columns auth needs",
      add: (text) => lacking(text ?? "", exportName),
      remove: null,
    },
  ];
}

function lacking(text: string, table: string): Edit {
  const there = columnsIn(text, table);
  const missing = [...ourColumns()].filter(([key]) => !there?.has(key));
  const email = there?.get("email");
  const isUnique = email === undefined || (/notNull/.test(email) && isUniqueIn(text, email));
  if (there && missing.length === 0 && isUnique) return { status: "same" };
  const lines = missing.map(([key, column]) => `${key}: ${column},`);
  const remark = "email: … .notNull().unique(), // or two users could share one";
  return byHand(
    `Your table ${table} lacks what auth reads of a user. Add these columns to it.`,
    [...lines, ...(isUnique ? [] : [remark])].join("\n"),
  );
}

/** By its column, or by an index over it. */
function isUniqueIn(text: string, email: string): boolean {
  return /\bunique\b/.test(email) || /unique(Index)?\([^;]*\bemail\b/.test(text);
}

function ourColumns(): Map<string, string> {
  const schema = render(["login"], fixtureOptions).get("app/auth/schema.ts")?.text ?? "";
  return columnsIn(schema, "users") ?? new Map();
}
