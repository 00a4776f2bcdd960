import type { routesOf } from "../after/verify.ts";
import type { Lock } from "../engine/lock.ts";
import type { Project } from "../project/project.ts";

/** Something that is wrong ("error") or may be ("advice"), and what to do about it. */
export interface Finding {
  id: string;
  level: "error" | "advice";
  message: string;
  cure: string;
}

export interface Patient {
  project: Project;
  lock: Lock;
  /** The text of a file of the app, null where there is none. */
  read(path: string): string | null;
  /** Asked of React Router once for all checks: it takes a process of its own. */
  routes: ReturnType<typeof routesOf>;
}

export type Check = (patient: Patient) => Finding[] | Promise<Finding[]>;

export const error = (id: string, message: string, cure: string): Finding => ({
  id,
  level: "error",
  message,
  cure,
});
export const advice = (id: string, message: string, cure: string): Finding => ({
  id,
  level: "advice",
  message,
  cure,
});
