import type { Feature } from "../src/core.ts";

export const RIGHT_CODE = "246810";

/** A second factor that exists for whoever is named here; its code never changes. */
export function fakeFactor(enrolled: Set<string>) {
  return () =>
    ({
      async isSecondFactorFor(_tx, userId: string) {
        return enrolled.has(userId);
      },
      operations: {
        async verify(_visitor, { code }: { code: string }) {
          return code === RIGHT_CODE;
        },
      },
    }) satisfies Feature;
}
