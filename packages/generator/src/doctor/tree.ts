import { hasMarkers } from "../engine/merge.ts";
import { movedFiles } from "../engine/moved.ts";
import { advice, type Check, error } from "./finding.ts";

/** Merges that were begun and not ended. */
export const markers: Check = ({ lock, read }) =>
  Object.keys(lock.files)
    .filter((path) => hasMarkers(read(path) ?? ""))
    .map((path) =>
      error(
        "markers",
        `${path} has an unfinished merge in it.`,
        "Choose between the two sides and take the markers out.",
      ),
    );

/** Ours that were written beside yours. */
export const beside: Check = ({ lock, read }) =>
  Object.keys(lock.files)
    .filter((path) => read(`${path}.new`) !== null)
    .map((path) =>
      advice(
        "beside",
        `${path}.new waits beside ${path}.`,
        "Take from it what you want, then delete it.",
      ),
    );

/** What is gone from where it was written. */
export const deleted: Check = ({ project, lock, read }) => {
  const moved = movedFiles(project.root, lock);
  return Object.keys(lock.files)
    .filter((path) => read(path) === null)
    .map((path) => {
      const place = moved.get(path);
      if (place === undefined) {
        const cure = "If you did not mean to: npx auth-rr update --restore";
        return advice("deleted", `${path} was deleted.`, cure);
      }
      const cure = "It is yours there, and updates do not reach it. Move it back to have them.";
      return advice("moved", `${path} was moved to ${place}.`, cure);
    });
};
