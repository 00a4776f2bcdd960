import { and, desc, eq, gt, lt, type SQL, sql } from "drizzle-orm";
import { after, type Database } from "../../database.ts";
import type { Duration } from "../../duration.ts";
import type { TrustedDevicesTable } from "./table.ts";

interface NewDevice {
  userId: string;
  tokenHash: string;
  device: string;
  ip: string | null;
}

export interface TrustedDevice {
  id: string;
  device: string;
  ip: string | null;
  createdAt: Date;
  lastUsedAt: Date;
  expiresAt: Date;
  /** The browser that asks. */
  isCurrent: boolean;
}

export function trustedDevicesStore(db: Database, devices: TrustedDevicesTable, now: SQL) {
  const mine = (userId: string) => eq(devices.userId, userId);
  const live = gt(devices.expiresAt, now);

  return {
    async insert(row: NewDevice, lifetime: Duration): Promise<void> {
      const dates = { createdAt: now, lastUsedAt: now, expiresAt: after(now, lifetime) };
      await db.insert(devices).values({ ...row, ...dates });
    },

    /** Whether this token is good for this user; if so it is another from now on, in the same statement. */
    async rotate(userId: string, tokenHash: string, next: string): Promise<boolean> {
      const rotated = await db
        .update(devices)
        .set({ tokenHash: next, lastUsedAt: now })
        .where(and(mine(userId), eq(devices.tokenHash, tokenHash), live))
        .returning({ id: devices.id });
      return rotated.length === 1;
    },

    list(userId: string, currentHash: string): Promise<TrustedDevice[]> {
      const { id, device, ip, createdAt, lastUsedAt, expiresAt } = devices;
      const isCurrent = sql<boolean>`${devices.tokenHash} = ${currentHash}`;
      return Promise.resolve(
        db
          .select({ id, device, ip, createdAt, lastUsedAt, expiresAt, isCurrent })
          .from(devices)
          .where(and(mine(userId), live))
          .orderBy(desc(lastUsedAt)),
      );
    },

    /** False when there is no such browser or it is somebody else's: the two look alike. */
    async deleteOne(userId: string, id: string): Promise<boolean> {
      // Compared as text, because PostgreSQL answers what is no uuid with an error.
      const named = and(mine(userId), sql`${devices.id}::text = ${id}`);
      return (await db.delete(devices).where(named).returning({ id: devices.id })).length === 1;
    },

    async deleteByToken(tokenHash: string): Promise<void> {
      await db.delete(devices).where(eq(devices.tokenHash, tokenHash));
    },

    async deleteAll(userId: string): Promise<void> {
      await db.delete(devices).where(mine(userId));
    },

    async deleteExpired(): Promise<void> {
      await db.delete(devices).where(lt(devices.expiresAt, now));
    },
  };
}
