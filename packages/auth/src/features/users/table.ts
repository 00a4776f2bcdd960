import type { InferInsertModel, InferSelectModel } from "drizzle-orm";
import { customType, type PgColumn, type PgTable, timestamp } from "drizzle-orm/pg-core";

/** The columns the library reads on your users table. Add as many of your own as you like. */
export type UsersTable = PgTable & {
  id: PgColumn;
  email: PgColumn;
  emailVerifiedAt: PgColumn;
  disabledAt: PgColumn;
};

/** For databases that have tables of these names already. */
export interface TableOptions {
  /** Before the name of the table and of its indexes, e.g. "auth_". */
  prefix?: string;
}

/** A row of your users table, your own columns included. */
export type UserOf<Users extends UsersTable> = InferSelectModel<Users> & AnyUser;

/** What the library knows of every user. */
export interface AnyUser {
  id: string;
  email: string;
  emailVerifiedAt: Date | null;
  disabledAt: Date | null;
}

/** Your own columns, as a registration may fill them. */
export type OwnFields<Users extends UsersTable> = Omit<InferInsertModel<Users>, keyof AnyUser>;

/** The `user_id` column of every table in the house: when the user goes, their rows go. */
export const ownerId = (users: UsersTable) =>
  userId(users, "user_id").references(() => users.id, { onDelete: "cascade" });

/** A user's id without a foreign key, for rows that outlive the user; of whatever type your users table has. */
export function userId(users: UsersTable, name: string) {
  const column = customType<{ data: string }>({ dataType: () => users.id.getSQLType() });
  return column(name);
}

/** A moment, with its time zone. */
export const at = (name: string) => timestamp(name, { withTimezone: true });
