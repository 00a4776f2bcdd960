/** PostgreSQL: serialization_failure and deadlock_detected. Nothing of the transaction happened; it may be tried again. */
const LOST_RACES = new Set(["40001", "40P01"]);

/**
 * What says that the database cannot be reached or cannot answer in time. PostgreSQL classes 08 (connection),
 * 53 (resources), 57 (operator intervention, statement timeout included), 25006 (read-only: a stand-by),
 * and the codes of Node's sockets and of the drivers.
 */
const UNAVAILABLE =
  /^(08...|53...|57...|25006|ECONN\w+|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|CONNECT\w+|CONNECTION_\w+)$/;

/** Whether the transaction lost a race and may simply be repeated. */
export function lostARace(error: unknown): boolean {
  return codesOf(error).some((code) => LOST_RACES.has(code));
}

/** Whether this failure means "not now" rather than a bug: answer 503 and nothing else. */
export function isUnavailable(error: unknown): boolean {
  return error instanceof DeadlineExceeded || codesOf(error).some((code) => UNAVAILABLE.test(code));
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
export async function withDeadline<Result>(
  work: Promise<Result>,
  seconds: number,
): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new DeadlineExceeded()), seconds * 1000);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

function codesOf(error: unknown): string[] {
  const codes: string[] = [];
  // Drivers wrap: drizzle around postgres.js around the socket. Five layers end any loop.
  for (let cause = error, depth = 0; cause instanceof Error && depth < 5; depth++) {
    codes.push(String((cause as { code?: unknown }).code ?? ""));
    cause = cause instanceof AggregateError ? cause.errors[0] : cause.cause;
  }
  return codes;
}
