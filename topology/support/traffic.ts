import { setTimeout } from "node:timers/promises";
import { keepRegistration } from "./invariants.ts";
import { login, loginOf, newMember, newPerson, type Person, register } from "./people.ts";
import { type Answer, newVisitor, type Visitor } from "./visitor.ts";

/** Between two requests of one actor. */
const PAUSE_MS = 60;

/** One request of the traffic and how it ended. */
export interface Event {
  what: string;
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

  async function act(what: string, ask: () => Promise<Answer>): Promise<Answer> {
    const answer = await ask();
    const showsSecret = secrets.some((secret) => answer.body.includes(secret));
    events.push({ what, answer, showsSecret, endedAt: performance.now() });
    return answer;
  }

  const actors: Record<string, () => Promise<unknown>> = {
    reader: () => act("member reads", () => member.visitor.twin().get("/settings")),
    stranger: () => act("stranger reads", () => stranger.twin().get("/settings")),
    async registrar() {
      const person = newPerson();
      const answer = await act("registers", () => register(person));
      if (answer.status !== 302) return;
      keepRegistration(person.email);
      await act("asks for a reset", () =>
        newVisitor().post("/forgot-password", { email: person.email }),
      );
    },
    async entrant() {
      const visitor = newVisitor();
      await act("logs in", () => login(visitor, entrant));
      if (visitor.isSignedIn()) await act("logs out", () => visitor.post("/logout"));
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
