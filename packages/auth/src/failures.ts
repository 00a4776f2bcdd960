/** PostgreSQL: serialization_failure, deadlock_detected, lock_not_available. Nothing happened; it may be tried again. */
const LOST_RACES = new Set(["40001", "40P01", "55P03"]);

/**
 * What says that the database cannot be reached or cannot answer in time. PostgreSQL classes 08 (connection),
 * 53 (resources), 57 (operator intervention, statement timeout included), 25006 (read-only: a stand-by),
 * and the codes of Node's sockets and of the drivers.
 */
const UNAVAILABLE =
  /^(08...|53...|57...|25006|ECONN\w+|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|CONNECT\w+|CONNECTION_\w+)$/;

/** The same where node-postgres and PGlite give no code. */
const UNAVAILABLE_MESSAGE =
  /^(Connection terminated|timeout exceeded when trying to connect|Query read timeout|Client .+ not queryable|PGlite is clos)/;

/** Whether the transaction lost a race and may simply be repeated. */
export function lostARace(error: unknown): boolean {
  return causesOf(error).some(({ code = "" }) => LOST_RACES.has(code));
}

/** Whether this failure means "not now" rather than a bug: answer 503 and nothing else. */
export function isUnavailable(error: unknown): boolean {
  if (error instanceof DeadlineExceeded || lostARace(error)) return true;
  return causesOf(error).some(({ code, message }) =>
    code ? UNAVAILABLE.test(code) : UNAVAILABLE_MESSAGE.test(message),
  );
}

/** Whether a unique constraint refused a value (PostgreSQL unique_violation). */
export function isTaken(error: unknown): boolean {
  return causesOf(error).some(({ code }) => code === "23505");
}

/** More work waits than can be done in time: nothing was done or decided, ask again later. */
export class TooBusy extends Error {
  override name = "TooBusy";
  retryAfterSeconds: number;

  constructor(message: string, retryAfterSeconds: number) {
    super(message);
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** The database did not answer in time. */
export class DeadlineExceeded extends Error {
  override name = "DeadlineExceeded";
}

/** Waits for work at most so many seconds; a database that swallows bytes must not swallow requests. */
export function withDeadline<Result>(work: Promise<Result>, seconds: number): Promise<Result> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new DeadlineExceeded()), seconds * 1000);
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

function causesOf(error: unknown): (Error & { code?: string })[] {
  const causes: Error[] = [];
  // Drivers wrap: drizzle around postgres.js around the socket. Five layers end any loop.
  for (let cause = error; cause instanceof Error && causes.length < 5; ) {
    causes.push(cause);
    cause = cause instanceof AggregateError ? cause.errors[0] : cause.cause;
  }
  return causes;
}

/** What a driver's error tells without quoting a row: node-postgres and PGlite say `table`, postgres.js `table_name`. */
const TELLING = /^(code|severity|routine|(schema|table|column|constraint)(_name)?)$/;

/**
 * The driver's error behind drizzle's, for any log to read. Drizzle's message quotes every value of the query,
 * PGlite keeps them in `params`, and PostgreSQL's own `detail` quotes the row.
 */
export function withoutValues(error: unknown): unknown {
  // Drizzle's error has a class and no name of its own, and a bundler may shorten the class.
  if (!(error instanceof Error && "query" in error && "params" in error)) return error;
  const cause = error.cause instanceof Error ? error.cause : new Error("a query failed");
  const telling = Object.entries(cause).filter(([field]) => TELLING.test(field));
  const { name, message, stack } = cause;
  return Object.assign(new Error(message), { name, stack, ...Object.fromEntries(telling) });
}
