import {
  closeSync,
  copyFileSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";

/** A text for a path, or null to delete what is there. */
export interface Write {
  path: string;
  text: string | null;
}

/** What was there before, so that a run which died can be undone to the byte. */
interface Manifest {
  files: { path: string; existed: boolean }[];
  folders: string[];
}

const FOLDER = ".auth-rr";
const JOURNAL = `${FOLDER}/journal`;

/** Applies all writes or none: whatever ends this half-way, `recover` undoes it. */
export function commit(root: string, writes: Write[]): void {
  try {
    begin(root, writes);
    for (const write of writes) apply(root, write);
  } catch (error) {
    recover(root);
    throw error;
  }
  end(root);
}

/** Undoes a run that was cut off. Says how many files it put back. */
export function recover(root: string): number {
  const manifest = readManifest(root);
  for (const [index, { path, existed }] of manifest.files.entries()) {
    const target = join(root, path);
    rmSync(temporary(target), { force: true });
    if (!existed) rmSync(target, { force: true });
    else restore(join(root, JOURNAL, String(index)), target);
  }
  for (const folder of manifest.folders) removeIfEmpty(join(root, folder));
  end(root);
  return manifest.files.length;
}

/** Whether a run was cut off here. */
export function wasCutOff(root: string): boolean {
  return existsSync(join(root, JOURNAL));
}

function begin(root: string, writes: Write[]): void {
  const journal = join(root, JOURNAL);
  rmSync(journal, { recursive: true, force: true });
  mkdirSync(journal, { recursive: true });
  const files = writes.map(({ path }, index) => {
    const existed = existsSync(join(root, path));
    if (existed) copyFileSync(join(root, path), join(journal, String(index)));
    return { path, existed };
  });
  const manifest: Manifest = { files, folders: foldersToMake(root, writes) };
  replace(join(journal, "manifest.json"), JSON.stringify(manifest));
}

function end(root: string): void {
  // The manifest first: a journal without one undoes nothing.
  rmSync(join(root, JOURNAL, "manifest.json"), { force: true });
  rmSync(join(root, JOURNAL), { recursive: true, force: true });
  removeIfEmpty(join(root, FOLDER));
}

/** None before the journal was complete, for then nothing was written yet. */
function readManifest(root: string): Manifest {
  const path = join(root, JOURNAL, "manifest.json");
  if (!existsSync(path)) return { files: [], folders: [] };
  return JSON.parse(readFileSync(path, "utf8")) as Manifest;
}

/** The deepest first, so that each is empty when its turn comes. */
function foldersToMake(root: string, writes: Write[]): string[] {
  const missing = new Set<string>();
  for (const { path, text } of writes) {
    if (text === null) continue;
    for (let folder = dirname(path); folder !== "."; folder = dirname(folder)) {
      if (!existsSync(join(root, folder))) missing.add(folder);
    }
  }
  return [...missing].sort((a, b) => b.length - a.length);
}

function apply(root: string, { path, text }: Write): void {
  const target = join(root, path);
  if (text === null) {
    rmSync(target);
    removeEmptyFolders(root, dirname(path));
    return;
  }
  mkdirSync(dirname(target), { recursive: true });
  replace(target, text);
}

/** At no moment is there half a file. */
function replace(target: string, text: string): void {
  const mode = existsSync(target) ? statSync(target).mode : 0o666;
  const file = openSync(temporary(target), "w", mode);
  try {
    writeFileSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(temporary(target), target);
}

function restore(copy: string, target: string): void {
  mkdirSync(dirname(target), { recursive: true });
  copyFileSync(copy, temporary(target));
  renameSync(temporary(target), target);
}

function temporary(target: string): string {
  return `${target}.auth-rr~`;
}

function removeEmptyFolders(root: string, path: string): void {
  if (path !== "." && removeIfEmpty(join(root, path))) removeEmptyFolders(root, dirname(path));
}

/** Not when somebody else's files are in it, nor when it is gone already. */
function removeIfEmpty(folder: string): boolean {
  try {
    rmdirSync(folder);
    return true;
  } catch {
    return false;
  }
}
