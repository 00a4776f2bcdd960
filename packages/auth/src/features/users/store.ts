import { and, eq, type InferInsertModel, isNull, type SQL, sql } from "drizzle-orm";
import type { Core } from "../../core.ts";
import type { Database } from "../../database.ts";
import type { AnyUser, UsersTable } from "./table.ts";

/** The id of no user, to ask the database as often about somebody unknown as about somebody known. */
export const NOBODY = "00000000-0000-0000-0000-000000000000";

export function usersStore(core: Core, db: Database = core.db) {
  const { users, tokens } = core;

  /** Looked at after the insert, which waited for whoever was just leaving the address. */
  async function withdrawIfHeld(id: string): Promise<boolean> {
    const isHeld = sql`exists (select 1 from ${tokens} where ${tokens.purpose} = 'disown'
      and ${tokens.details} ->> 'isProven' = 'true' and ${tokens.address} = ${users.email} and ${tokens.expiresAt} > ${core.now})`;
    const withdrawn = await db
      .delete(users)
      .where(and(eq(users.id, id), isHeld))
      .returning({ id: users.id });
    return withdrawn.length === 1;
  }

  return {
    async findById(id: string): Promise<AnyUser | null> {
      const [found] = await db
        .select({ user: users })
        .from(users)
        .where(eq(users.id, id))
        .prepare(core.statementName("user by id"))
        .execute();
      return found ? (found.user as unknown as AnyUser) : null;
    },

    async findByEmail(email: string): Promise<AnyUser | null> {
      const [found] = await db
        .select({ user: users })
        .from(users)
        .where(eq(users.email, email))
        .prepare(core.statementName("user by email"))
        .execute();
      return found ? (found.user as unknown as AnyUser) : null;
    },

    /**
     * The new user, or null when the address is taken: the unique constraint decides, also in a race. Taken is an
     * address, too, as long as its owner may undo that somebody moved their account away from it.
     */
    async insert({ id: _, ...row }: Record<string, unknown>): Promise<AnyUser | null> {
      // What the house decides is set last, so that no form can.
      const unproven = { ...row, emailVerifiedAt: null, disabledAt: null };
      const [inserted] = await db
        .insert(users)
        .values(unproven as InferInsertModel<UsersTable>)
        .onConflictDoNothing({ target: users.email })
        .returning({ user: users });
      const user = inserted ? (inserted.user as unknown as AnyUser) : null;
      return (await withdrawIfHeld(user?.id ?? NOBODY)) ? null : user;
    },

    /**
     * Until this transaction ends nothing that protects the account changes; other logins go on. Asked for before
     * anything else, as is `holdForChange`, so that nobody waits for whoever waits for them.
     */
    async holdForLogin(id: string): Promise<void> {
      await db.execute(sql`select pg_advisory_xact_lock_shared(${lockOf(id)})`);
    },

    /** Waits for the logins that did not see the change coming; later ones wait for this transaction. */
    async holdForChange(id: string): Promise<void> {
      await db.execute(sql`select pg_advisory_xact_lock(${lockOf(id)})`);
    },

    /** Closes the account and takes the address away, so that nobody who has it next finds this row by it. */
    async close(id: string, columns: Record<string, unknown>, now: SQL): Promise<void> {
      const gone = { emailVerifiedAt: null, disabledAt: now, email: nobodysAddress(id) };
      await db
        .update(users)
        .set({ ...columns, ...gone } as never)
        .where(eq(users.id, id));
    },

    async delete(id: string): Promise<void> {
      await db.delete(users).where(eq(users.id, id));
    },

    /** Marks the address as proven. False when it already was, or is no longer the user's. */
    async verifyEmail(id: string, email: string, now: SQL): Promise<boolean> {
      const unproven = and(eq(users.id, id), eq(users.email, email), isNull(users.emailVerifiedAt));
      const proven = await db
        .update(users)
        .set({ emailVerifiedAt: now } as never)
        .where(unproven)
        .returning({ id: users.id });
      return proven.length === 1;
    },

    /**
     * Moves the user to an address that is proven just now. When somebody has it the unique constraint throws, in this
     * very statement: what was looked at before may be true no longer.
     */
    async changeEmail(id: string, email: string): Promise<AnyUser> {
      const [moved] = await db
        .update(users)
        .set({ email, emailVerifiedAt: core.now } as never)
        .where(eq(users.id, id))
        .returning({ user: users });
      return moved?.user as unknown as AnyUser;
    },
  };
}

/** RFC 2606 section 2: no mail is ever delivered to `.invalid`. */
const nobodysAddress = (id: string) => `deleted-${id}@deleted.invalid`;

const lockOf = (id: string) => sql`hashtextextended(${`auth-rr login ${id}`}, 0)`;
