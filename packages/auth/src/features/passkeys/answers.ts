import type { Core } from "../../core.ts";
import { sameText } from "../../crypto/same.ts";
import type { Database } from "../../database.ts";
import type { FactorProof } from "../../factor-tries.ts";
import type { Visitor } from "../../visitor.ts";
import { audit } from "../audit/audit.ts";
import { passkeyName } from "./authenticators.ts";
import {
  type Assertion,
  type NewCredential,
  type PasskeyResponse,
  readResponse,
  verifyAssertion,
  verifyRegistration,
} from "./ceremony.ts";
import { type Question, webauthnChallenges } from "./challenges.ts";
import { passkeyKeeper } from "./keeper.ts";
import type { RelyingParty } from "./relying-party.ts";
import { type PasskeyRow, passkeysStore } from "./store.ts";
import type { PasskeysTable, WebauthnChallengesTable } from "./table.ts";

/** What to do with a key that shows signs of a copy: let it in, ask for another way in, or take it away. */
export type SuspicionPolicy = "warn" | "requireStepUp" | "revoke";

export interface AnswersSetup {
  table: PasskeysTable;
  challenges: WebauthnChallengesTable;
  party: RelyingParty;
  policies: { counter: SuspicionPolicy; backup: SuspicionPolicy };
}

type Refused<Reason extends string> = { ok: false; reason: Reason };

export type Made =
  | {
      ok: true;
      credential: NewCredential & { transports: string[] };
      details: Record<string, unknown>;
    }
  | Refused<"ceremony_expired" | "passkey_wrong">;

export type Shown =
  | { ok: true; proof: FactorProof }
  | (Refused<"ceremony_expired" | "passkey_wrong" | "passkey_suspected"> & {
      /** Whose passkey it was, for the audit alone. */
      userId: string | null;
    });

/** A key whose private half was thrown away: an unknown credential costs what a wrong signature costs. */
const DECOY_KEY =
  "pQECAyYgASFYIFrKbpovocoOUloIbAx4jpvbVx_aYv6rtvoTa4lKbnQaIlgghcCkM_92N8SIRHTqLu0fsYYJARlXgnmECkmEqVRyyTE";

/** What authenticators answer, held against what they were asked. A question is spent before its answer is verified. */
export function passkeyAnswers(core: Core, setup: AnswersSetup) {
  const { table, party, policies } = setup;
  const mintIn = (db: Database) => webauthnChallenges(core, setup.challenges, db);
  const storeIn = (db: Database) => passkeysStore(db, table, core.now);
  const expected = ({ challenge }: PasskeyResponse) => ({
    ...{ challenge, rpId: party.id, origins: party.origins },
  });

  /** Whether this may be used; writes down what is suspicious, and takes the key away if that is the policy. */
  async function judge(
    tx: Database,
    visitor: Visitor,
    row: PasskeyRow,
    assertion: Assertion,
  ): Promise<boolean> {
    const applied = suspicionsOf(row, assertion).map((what) => ({
      what,
      policy: row.backupEligible && what === "counter" ? ("warn" as const) : policies[what],
    }));
    for (const details of applied) {
      await audit(core, tx).record(visitor, {
        action: "passkey.suspected",
        outcome: details.policy === "warn" ? "success" : "failure",
        subjectId: row.userId,
        details,
      });
    }
    if (applied.some(({ policy }) => policy === "revoke")) {
      await passkeyKeeper(core, table).remove(tx, visitor, row);
    }
    return applied.every(({ policy }) => policy === "warn");
  }

  function proofOf(row: PasskeyRow, assertion: Assertion): FactorProof {
    const { counter, backedUp, isUserVerified } = assertion;
    const isTolerant = row.backupEligible || policies.counter === "warn";
    return {
      userId: row.userId,
      method: "passkey",
      ...(isUserVerified && { aal: 2 }),
      holds: (tx) => storeIn(tx).use(row.id, { counter, backedUp, isTolerant }),
    };
  }

  return {
    /** The credential that was made for this question, and what was kept with the question. */
    async made(visitor: Visitor, question: Question, text: string): Promise<Made> {
      const response = readResponse(text);
      if (!response) return wrong;
      const details = await mintIn(core.db).take(visitor, question, response.challenge);
      if (!details) return expired;
      const credential = await verifyRegistration(response, expected(response));
      if (!credential) return wrong;
      const { transports } = response;
      return { ok: true, credential: { ...credential, transports }, details };
    },

    /** Whose passkey signed this question, as a proof that notes the use. */
    async shown(tx: Database, visitor: Visitor, question: Question, text: string): Promise<Shown> {
      const response = readResponse(text);
      if (!response) return { ...wrong, userId: null };
      const details = await mintIn(tx).take(visitor, question, response.challenge);
      if (!details) return { ...expired, userId: null };
      const row = await storeIn(tx).findByCredential(response.credentialId);
      const assertion = await verifyAssertion(
        response,
        expected(response),
        row?.publicKey ?? DECOY_KEY,
      );
      const userId = row?.userId ?? null;
      const isNamed = question.userId !== undefined || details.named === true;
      if (!row || !assertion || !isOf(row, response, isNamed)) return { ...wrong, userId };
      const isTheirs = question.userId === undefined || question.userId === row.userId;
      // WebAuthn Level 3 section 7.2: whether a credential may be backed up never changes.
      const isSameKind = assertion.backupEligible === row.backupEligible;
      if (!isTheirs || !isSameKind) return { ...wrong, userId };
      const isGood = await judge(tx, visitor, row, assertion);
      if (!isGood) return { ok: false, reason: "passkey_suspected", userId };
      return { ok: true, proof: proofOf(row, assertion) };
    },
  };
}

const wrong = { ok: false, reason: "passkey_wrong" } as const;
const expired = { ok: false, reason: "ceremony_expired" } as const;

/** A credential found without a name must say whose it is; any other may (WebAuthn Level 3 section 7.2, step 6). */
function isOf(row: PasskeyRow, { userHandle }: PasskeyResponse, isNamed: boolean): boolean {
  return userHandle === null ? isNamed : sameText(userHandle, row.userHandle);
}

/** WebAuthn Level 3 sections 6.1.1 and 6.1.3. A key that counts nothing says zero for ever. */
function suspicionsOf(row: PasskeyRow, { counter, backedUp }: Assertion) {
  const isCounting = counter > 0 || row.counter > 0;
  const suspicions: ("counter" | "backup")[] = [];
  if (isCounting && counter <= row.counter) suspicions.push("counter");
  if (backedUp !== row.backedUp) suspicions.push("backup");
  return suspicions;
}

/** What is kept of a passkey that was made. */
export function rowOf(userId: string, { credential, details }: Made & { ok: true }, name: string) {
  const userHandle = details.handle as string;
  return { ...credential, userId, userHandle, name: passkeyName(name, credential.aaguid) };
}
