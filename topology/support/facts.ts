import type { TestContext } from "vitest";

declare module "vitest" {
  interface TaskMeta {
    /** What the summary says about this test, beside its result. */
    fact?: string;
  }
}

/** Puts what was measured into the summary at the end of the run. */
export function note({ task }: Pick<TestContext, "task">, fact: string): void {
  task.meta.fact = fact;
}
