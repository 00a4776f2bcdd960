/** The stable codes of what keeps the generator from starting. */
export type RefusalCode =
  | "APP_NOT_NAMED"
  | "LIBRARY_MODE"
  | "NO_PACKAGE_JSON"
  | "NODE_TOO_OLD"
  | "NOT_REACT_ROUTER"
  | "PACKAGE_JSON_INVALID"
  | "REACT_ROUTER_TOO_NEW"
  | "REACT_ROUTER_TOO_OLD"
  | "RSC"
  | "SPA";

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
