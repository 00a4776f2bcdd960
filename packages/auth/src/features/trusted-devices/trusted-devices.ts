import { type Core, type Feature, type Give, transition } from "../../core.ts";
import { generateToken, hashToken } from "../../crypto/token.ts";
import type { Database } from "../../database.ts";
import { days } from "../../duration.ts";
import type { Visitor } from "../../visitor.ts";
import { audit } from "../audit/audit.ts";
import type { Session } from "../sessions/sessions.ts";
import type { AnyUser } from "../users/table.ts";
import { type TrustedDevice, trustedDevicesStore } from "./store.ts";
import type { TrustedDevicesTable } from "./table.ts";

export type { TrustedDevice } from "./store.ts";

export interface TrustedDevicesOptions {
  table: TrustedDevicesTable;
}

/** However often it is used. */
const LIFETIME = days(30);

/** Browsers in which a user need not give the second factor at each login. They never count as one. */
export function trustedDevices({ table }: TrustedDevicesOptions) {
  return (core: Core) => {
    const storeIn = (db: Database) => trustedDevicesStore(db, table, core.now);
    const keys = core.keys.for("token");
    const hash = (token: string | null) => (token ? hashToken(keys, "device", token) : null);

    function newToken() {
      const token = generateToken(keys, "device");
      return { token, tokenHash: hash(token) as string };
    }

    async function isTrusted(tx: Database, visitor: Visitor, userId: string): Promise<Give | null> {
      const held = hash(visitor.deviceToken);
      const { token, tokenHash } = newToken();
      if (!held || !(await storeIn(tx).rotate(userId, held, tokenHash))) return null;
      await audit(core, tx).record(visitor, {
        action: "trusted-device.used",
        subjectId: userId,
        details: {},
      });
      return () => visitor.giveDevice(token);
    }

    async function trust(tx: Database, visitor: Visitor, userId: string): Promise<Give> {
      const held = hash(visitor.deviceToken);
      // The browser keeps one cookie: what it held before would be a row that nobody can use.
      if (held) await storeIn(tx).deleteByToken(held);
      const { token, tokenHash } = newToken();
      const { device, ip } = visitor;
      await storeIn(tx).insert({ userId, tokenHash, device, ip }, LIFETIME);
      await audit(core, tx).record(visitor, {
        action: "trusted-device.added",
        subjectId: userId,
        details: {},
      });
      return () => visitor.giveDevice(token);
    }

    return {
      trustedDevices: {
        isTrusted,
        trust,
        forgetAll: (tx: Database, userId: string) => storeIn(tx).deleteAll(userId),
      },

      onCredentialChange: (tx: Database, user: AnyUser) => storeIn(tx).deleteAll(user.id),

      forget: (tx: Database, userId: string) => storeIn(tx).deleteAll(userId),

      exportOf: (tx: Database, userId: string) => storeIn(tx).list(userId, ""),

      deleteExpired: () => storeIn(core.db).deleteExpired(),

      operations: {
        /** The browsers this user trusts, the last used first. */
        list(visitor: Visitor, { session }: { session: Session }): Promise<TrustedDevice[]> {
          return storeIn(core.db).list(session.userId, hash(visitor.deviceToken) ?? "");
        },

        /** Ends the trust in one browser of the same user; refuses with `not_found`, which is also the answer for anybody else's. */
        forget(
          visitor: Visitor,
          { session, id }: { session: Session; id: string },
        ): Promise<{ ok: true } | { ok: false; reason: "not_found" }> {
          return transition(core, async (tx) => {
            const forgotten = await storeIn(tx).deleteOne(session.userId, id);
            if (!forgotten) return { ok: false, reason: "not_found" };
            await audit(core, tx).record(visitor, {
              action: "trusted-device.forgotten",
              subjectId: session.userId,
              details: {},
            });
            return { ok: true };
          });
        },
      },
    } satisfies Feature;
  };
}
