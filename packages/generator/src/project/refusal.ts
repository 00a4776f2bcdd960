/** The stable codes of what the generator refuses. */
export type RefusalCode =
  | "ANSWER_MISSING"
  | "APP_NOT_NAMED"
  | "ARGUMENTS_INVALID"
  | "COMMAND_UNKNOWN"
  | "FEATURE_NEEDED"
  | "FEATURE_NOT_HERE"
  | "FEATURE_UNKNOWN"
  | "FILES_IN_THE_WAY"
  | "FILE_THERE"
  | "FLAG_UNKNOWN"
  | "FLAG_VALUE_INVALID"
  | "KIND_UNKNOWN"
  | "LIBRARY_MODE"
  | "LOCK_TOO_NEW"
  | "LOCK_UNREADABLE"
  | "MERGE_UNFINISHED"
  | "NAME_INVALID"
  | "NODE_TOO_OLD"
  | "NOTHING_HERE"
  | "NOT_REACT_ROUTER"
  | "NOT_WRITABLE"
  | "NO_ANSWER"
  | "NO_FEATURE_NAMED"
  | "NO_FILE"
  | "NO_PACKAGE_JSON"
  | "OUTSIDE"
  | "PACKAGE_JSON_INVALID"
  | "PACKAGE_MANAGER_UNKNOWN"
  | "PK_REFUSED"
  | "REACT_ROUTER_TOO_NEW"
  | "REACT_ROUTER_TOO_OLD"
  | "ROUTES_TAKEN"
  | "ROUTES_UNREADABLE"
  | "RSC"
  | "RUNS_ALREADY"
  | "SPA"
  | "TABLES_TAKEN"
  | "UNCOMMITTED"
  | "USERS_NOT_ADOPTABLE";

interface Reason {
  code: RefusalCode;
  message: string;
  cure: string;
  /** 2 where another command line would do, 3 where the app or the machine has to change first. */
  exit?: 2 | 3;
}

/** Nothing was written, and nothing will be until somebody does what the cure says. */
export class Refusal extends Error {
  override name = "Refusal";
  readonly code: RefusalCode;
  readonly exit: 2 | 3;
  readonly cure: string;

  constructor({ code, message, cure, exit = 3 }: Reason) {
    super(message);
    this.code = code;
    this.exit = exit;
    this.cure = cure;
  }
}
