import {
  type GetColumnData,
  type InferInsertModel,
  type InferSelectModel,
  type Placeholder,
  type SQL,
  sql,
} from "drizzle-orm";
import type { PgColumn, PgTable } from "drizzle-orm/pg-core";
import type { Duration } from "./duration.ts";

/** Any drizzle Postgres database, of 0.45 or of 1.0: postgres.js, node-postgres, PGlite. */
export interface AnyDatabase {
  select: unknown;
  insert: unknown;
  update: unknown;
  delete: unknown;
  transaction: unknown;
  execute: unknown;
}

/**
 * The part of drizzle this library uses, written down here because its own types have
 * other names in 0.45 and 1.0. A transaction is a `Database` too.
 */
export interface Database {
  select<F extends Fields>(fields: F): { from(table: PgTable): Select<Row<F>> };
  insert<T extends PgTable>(table: T): { values(rows: Values<T> | Values<T>[]): Insert<T> };
  update<T extends PgTable>(table: T): { set(values: Partial<Values<T>>): Filter<T> };
  delete<T extends PgTable>(table: T): Filter<T>;
  transaction<Result>(work: (tx: Database) => Promise<Result>): Promise<Result>;
  execute(query: SQL): Promise<unknown>;
}

type Fields = { [name: string]: PgColumn | PgTable | SQL | Fields };
type Row<F extends Fields> = { [Name in keyof F]: Value<F[Name]> };
type Value<F> = F extends PgTable
  ? InferSelectModel<F>
  : F extends PgColumn
    ? GetColumnData<F>
    : F extends SQL<infer T>
      ? T
      : F extends Fields
        ? Row<F>
        : never;
type Values<T extends PgTable> = {
  [Name in keyof InferInsertModel<T>]: InferInsertModel<T>[Name] | SQL | Placeholder;
};

/** A query PostgreSQL may keep, parsed and planned, for the connection it came by; "" leaves the naming to the driver. */
interface Preparable<Result> {
  prepare(name: string): { execute(values?: Record<string, unknown>): Promise<Result> };
}

export interface Select<Result> extends PromiseLike<Result[]>, Preparable<Result[]> {
  innerJoin(table: PgTable, on: SQL | undefined): Select<Result>;
  where(condition: SQL | undefined): Select<Result>;
  orderBy(...by: SQL[]): Select<Result>;
  limit(count: number): Select<Result>;
  for(strength: "no key update"): Select<Result>;
}

interface Insert<T extends PgTable> extends Returning {
  onConflictDoNothing(config?: { target: PgColumn }): Returning;
  onConflictDoUpdate(config: {
    target: PgColumn | PgColumn[];
    targetWhere?: SQL;
    set: Partial<Values<T>>;
  }): Returning;
}

interface Filter<_T extends PgTable> extends Returning {
  where(condition: SQL | undefined): Returning;
}

interface Returning extends PromiseLike<unknown>, Preparable<unknown> {
  returning<F extends Fields>(fields: F): PromiseLike<Row<F>[]> & Preparable<Row<F>[]>;
}

/** `moment` plus a length of time, in SQL. */
export function after(moment: SQL, length: Duration | Placeholder): SQL<Date> {
  return sql<Date>`(${moment} + make_interval(secs => ${length}))`;
}

/** `moment` minus a length of time, in SQL. */
export function before(moment: SQL, length: Duration | Placeholder): SQL<Date> {
  return sql<Date>`(${moment} - make_interval(secs => ${length}))`;
}

/** Whether a uuid column may be asked for this text: PostgreSQL answers anything else with an error instead of "no rows". */
export function isUuid(text: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text);
}

/** The database's own clock. Nodes disagree about the time; the database does not. */
export const databaseClock = sql<Date>`now()`;

/** Whether the database answers at all; rejects when it does not. */
export async function ping(db: Database): Promise<void> {
  await db.execute(sql`select 1`);
}
