import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Write } from "../engine/journal.ts";
import { LOCK_FILE, type Lock, lockText } from "../engine/lock.ts";
import { movedFiles } from "../engine/moved.ts";
import { type OnConflict, reconcile, type Step } from "../engine/reconcile.ts";
import type { Project } from "../project/project.ts";
import { render } from "../render/render.ts";
import { bases } from "./base.ts";
import { libraryEdits } from "./dependencies.ts";
import { editsFor, type FileEdit } from "./edits.ts";
import type { Format } from "./formatter.ts";

/** Everything a run is going to do, decided before anything is done. */
export interface Plan {
  steps: Step[];
  edited: EditedFile[];
  /** What only the user can do, with the text to paste. */
  manual: Manual[];
  writes: Write[];
  lock: Lock;
}

export interface EditedFile {
  path: string;
  what: string[];
  lines: number;
}

export interface Manual {
  path: string;
  why: string;
  paste: string;
}

export interface Request {
  project: Project;
  /** What the tree was made from, and what it is to be made from. */
  from: Lock;
  to: Lock;
  onConflict: OnConflict | null;
  restore: boolean;
  /** Leaves all other files as they are. */
  only: string | null;
  format: Format;
}

/** Compares, merges and inserts in memory. Writes nothing. */
export async function makePlan(request: Request): Promise<Plan> {
  const { project, from, to, onConflict, restore, only } = request;
  const moved = movedFiles(project.root, from);
  const steps = await reconcile(render(to.features, to.options), from.files, {
    read: (path) => read(project.root, path),
    baseOf: bases(project.root, from),
    format: request.format,
    onConflict,
    restore,
    movedTo: (path) => moved.get(path) ?? null,
  });
  const chosen = only ? steps.filter(({ path }) => path === only) : steps;
  const { edited, texts, manual, edits } = await editFiles(project, from, to);
  const lock: Lock = { ...to, files: filesOf(from, chosen), edits };
  const writes = [
    ...chosen.flatMap((step) => writeOf(step, project)),
    ...[...texts].map(([path, text]) => ({ path, text })),
    ...lockWrite(project.root, lock),
  ];
  return { steps: chosen, edited, manual, writes, lock };
}

function filesOf(from: Lock, steps: Step[]): Lock["files"] {
  const files = { ...from.files };
  for (const { path, locked } of steps) {
    if (locked) files[path] = locked;
    else delete files[path];
  }
  return files;
}

function writeOf({ path, outcome, target, text }: Step, { root, eol }: Project): Write[] {
  if (outcome === "delete") return [{ path, text: null }];
  if (text === undefined || outcome === "exists") return [];
  const there = read(root, path);
  const crlf = there === null ? eol === "\r\n" : there.includes("\r\n");
  const lines = text.replaceAll("\r\n", "\n");
  return [{ path: target ?? path, text: crlf ? lines.replaceAll("\n", "\r\n") : lines }];
}

function lockWrite(root: string, lock: Lock): Write[] {
  const text = lock.features.length > 0 ? lockText(lock) : null;
  return text === read(root, LOCK_FILE) ? [] : [{ path: LOCK_FILE, text }];
}

async function editFiles(project: Project, from: Lock, to: Lock) {
  const texts = new Map<string, string>();
  const edits = { ...from.edits };
  const edited = new Map<string, EditedFile>();
  const manual: Manual[] = [];

  async function apply(edit: FileEdit, adding: boolean) {
    const before = texts.get(edit.path) ?? read(project.root, edit.path);
    const result = adding ? await edit.add(before) : await removed(edit, before);
    if (result.status === "manual") {
      manual.push({ path: edit.path, why: result.why, paste: result.paste });
      return;
    }
    if (!adding || edit.always) delete edits[edit.id];
    else if (result.status === "changed" || !edit.onlyWhatWasWritten) edits[edit.id] = edit.feature;
    if (result.status === "same") return;
    texts.set(edit.path, result.text);
    const file = edited.get(edit.path) ?? { path: edit.path, what: [], lines: 0 };
    edited.set(edit.path, {
      ...file,
      what: [...new Set([...file.what, edit.what])],
      lines: file.lines + result.lines,
    });
  }

  const wanted = editsFor(to, project);
  for (const edit of editsFor(from, project).reverse()) {
    if (edit.id in from.edits && !wanted.some(({ id }) => id === edit.id)) await apply(edit, false);
  }
  if (to.features.length > 0) wanted.push(...libraryEdits(from));
  for (const edit of wanted) if (!(edit.id in from.edits)) await apply(edit, true);
  return { edited: [...edited.values()], texts, manual, edits };
}

async function removed(edit: FileEdit, text: string | null) {
  if (!edit.remove || text === null) return { status: "same" } as const;
  return edit.remove(text);
}

/** Null where no file is; what else may be there is found before anything is written. */
function read(root: string, path: string): string | null {
  const file = join(root, path);
  return statSync(file, { throwIfNoEntry: false })?.isFile() ? readFileSync(file, "utf8") : null;
}
