import { setTimeout } from "node:timers/promises";
import { keepRegistration } from "./invariants.ts";
import { login, loginOf, newMember, newPerson, type Person, register } from "./people.ts";
import { type Answer, newVisitor, type Visitor } from "./visitor.ts";

/** Between two requests of one actor. */
const PAUSE_MS = 60;

/** The one act whose answer may hold what is private. */
export const MEMBER_READS = "member reads";

/** One request of the traffic and how it ended. */
export interface Event {
  what: string;
  /** The statuses that are right while nothing is wrong. */
  right: number[];
  answer: Answer;
  endedAt: number;
  /** The body holds what only a signed-in person may see. */
  showsSecret: boolean;
}

export interface Traffic {
  events: Event[];
  stop(): Promise<void>;
}

/** People who come and go all the time, at both nodes, until they are stopped. */
export async function startTraffic(): Promise<Traffic> {
  const events: Event[] = [];
  const [member, entrant, leaver] = await Promise.all([newMember(), newMember(), newMember()]);
  const stranger = await leftVisitorOf(leaver);
  const secrets = [member.name, entrant.name, leaver.name];
  let stopped = false;

  async function act(what: string, right: number[], ask: () => Promise<Answer>): Promise<Answer> {
    const answer = await ask();
    const showsSecret = secrets.some((secret) => answer.body.includes(secret));
    events.push({ what, right, answer, showsSecret, endedAt: performance.now() });
    return answer;
  }

  const read = (who: Visitor) => () => who.twin().get("/settings");
  const actors: Record<string, () => Promise<unknown>> = {
    reader: () => act(MEMBER_READS, [200], read(member.visitor)),
    stranger: () => act("stranger reads", [302], read(stranger)),
    async registrar() {
      const person = newPerson();
      const answer = await act("registers", [302], () => register(person));
      if (answer.status !== 302) return;
      keepRegistration(person.email);
      const form = { email: person.email };
      await act("asks for a reset", [302], () => newVisitor().post("/forgot-password", form));
      const asking = { intent: "request", ...form };
      await act("asks for a link", [302], () => newVisitor().post("/login/magic-link", asking));
    },
    async entrant() {
      const visitor = newVisitor();
      // A try that ends in a failure counts as a try, so after some there may be a wait.
      await act("logs in", [302, 429], () => login(visitor, entrant));
      if (visitor.isSignedIn()) await act("logs out", [302], () => visitor.post("/logout"));
    },
  };

  async function keepActing(actor: () => Promise<unknown>): Promise<void> {
    while (!stopped) {
      await actor();
      await setTimeout(PAUSE_MS);
    }
  }

  const acting = Promise.all(Object.values(actors).map(keepActing));
  return {
    events,
    async stop() {
      stopped = true;
      await acting;
    },
  };
}

/** Whose session is over, with its cookie still in hand. */
async function leftVisitorOf(person: Person): Promise<Visitor> {
  const visitor = await loginOf(person);
  const stale = visitor.twin();
  await visitor.post("/logout");
  return stale;
}
