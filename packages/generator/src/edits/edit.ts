/** What an edit of a user's file comes to. Pure text in, one of three answers out; the file itself is never touched. */
export type Edit =
  | { status: "same" }
  | { status: "changed"; text: string; lines: number }
  | { status: "manual"; why: string; paste: string };
