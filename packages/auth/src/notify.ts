import type { Core } from "./core.ts";
import type { Database } from "./database.ts";
import type { MailKind, Mails } from "./features/outbox/mails.ts";
import { outbox } from "./features/outbox/outbox.ts";
import type { AnyUser } from "./features/users/table.ts";
import type { Visitor } from "./visitor.ts";

/** What every notice says: from which device, and what to do if it was somebody else. */
interface Notice {
  disownUrl: string;
  resetUrl: string;
  device: string;
}

/** The mails that tell an owner of a change or an attack. */
export type NoticeKind = {
  [Kind in MailKind]: Mails[Kind] extends Notice ? Kind : never;
}[MailKind];

interface NoticeTo<Kind extends NoticeKind> {
  kind: Kind;
  /** Whose address it goes to, as this row has it. */
  user: AnyUser;
  /** What this kind says besides. */
  says: Omit<Mails[Kind], keyof Notice>;
}

/** Tells an owner what was done, from where, and how to undo it. */
export async function notify<Kind extends NoticeKind>(
  core: Core,
  tx: Database,
  { device, ip }: Pick<Visitor, "device" | "ip">,
  { kind, user, says }: NoticeTo<Kind>,
): Promise<void> {
  const disownUrl = await core.house.disownUrl(tx, user);
  const resetUrl = core.origin + core.paths.forgotPassword;
  const mail = { ...says, disownUrl, resetUrl, device, ip } as unknown as Mails[Kind];
  await outbox(core, tx).queue(kind, user.email, mail);
}
