import { hasMarkers } from "../engine/merge.ts";
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

export const deleted: Check = ({ lock, read }) =>
  Object.keys(lock.files)
    .filter((path) => read(path) === null)
    .map((path) =>
      advice(
        "deleted",
        `${path} was deleted.`,
        "If you did not mean to: npx auth-rr update --restore",
      ),
    );
