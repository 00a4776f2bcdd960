import type { Core } from "../../core.ts";
import type { Database } from "../../database.ts";
import type { Visitor } from "../../visitor.ts";
import { type Admission, type RateLimited, rateLimits } from "../rate-limits/rate-limits.ts";
import { canonicalEmail } from "../users/email.ts";
import { type Entered, enterUser } from "../users/registration.ts";
import type { OwnFields, UsersTable } from "../users/table.ts";
import { type Made, type passkeyAnswers, rowOf } from "./answers.ts";
import type { Question } from "./challenges.ts";
import type { PasskeyCreationOptions } from "./options.ts";
import { passkeysStore } from "./store.ts";
import type { PasskeysTable } from "./table.ts";

export type SignUpOptionsResult =
  | { ok: true; options: PasskeyCreationOptions }
  | { ok: false; reason: "email_invalid" }
  | RateLimited;

export type SignUpResult = Entered | Exclude<Made, { ok: true }> | RateLimited;

interface SignUpSetup {
  table: PasskeysTable;
  answers: ReturnType<typeof passkeyAnswers>;
  admitOptions(visitor: Visitor): Promise<Admission>;
  creationFor(visitor: Visitor, question: Question, email: string): Promise<PasskeyCreationOptions>;
}

/** Registering with a passkey in the place of a password. */
export function passkeySignUp<Users extends UsersTable>(core: Core, setup: SignUpSetup) {
  const { answers, admitOptions, creationFor } = setup;
  const limits = rateLimits(core);
  const storeIn = (db: Database) => passkeysStore(db, setup.table, core.now);

  return {
    /**
     * What the browser needs to make a passkey for a user who is not there yet. Refuses with `email_invalid` or
     * `rate_limited`, and alike for new and taken addresses.
     */
    async signUpOptions(visitor: Visitor, form: { email: string }): Promise<SignUpOptionsResult> {
      const email = canonicalEmail(form.email);
      if (!email) return { ok: false, reason: "email_invalid" };
      const admission = await admitOptions(visitor);
      if (!admission.ok) return admission;
      return { ok: true, options: await creationFor(visitor, { kind: "sign-up" }, email) };
    },

    /**
     * Registers the address the options were made for, with this passkey and no password, and starts proving the
     * mailbox. Answers alike for a new and a taken address. Refuses with `passkey_wrong`, `ceremony_expired`,
     * `field_taken` or `rate_limited`.
     */
    async signUp(
      visitor: Visitor,
      form: { response: string; fields: OwnFields<Users>; name?: string },
    ): Promise<SignUpResult> {
      const admission = await limits.admit("registration by network", visitor.network);
      if (!admission.ok) return admission;
      const made = await answers.made(visitor, { kind: "sign-up" }, form.response);
      if (!made.ok) return made;
      // Asked before the address is looked at, so that a credential of one's own finds out nothing about it.
      if (await storeIn(core.db).findByCredential(made.credential.credentialId)) return wrong;
      const email = made.details.email as string;
      const mayMail = await limits.admitMail(email);
      if (!mayMail.ok) return mayMail;
      return enterUser(core, visitor, { ...form.fields, email }, (tx, user) =>
        storeIn(tx).insertFirst(rowOf(user.id, made, form.name ?? "")),
      );
    },
  };
}

const wrong = { ok: false, reason: "passkey_wrong" } as const;
