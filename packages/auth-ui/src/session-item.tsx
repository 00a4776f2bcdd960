import type { ComponentProps, ReactNode } from "react";
import { LocalTime } from "./local-time.tsx";

/** What a SessionItem shows, in words ready to read: `device` "Firefox on Linux", `methods` ["Password"]. */
export interface SessionInfo {
  id: string;
  device: string;
  methods: readonly string[];
  ip?: string | null;
  firstSeen: Date | string;
  lastSeen: Date | string;
  /** Whether this page was asked for with this very session. */
  current: boolean;
}

export interface SessionLabels {
  current: string;
  methods: string;
  ip: string;
  firstSeen: string;
  lastSeen: string;
}

export interface SessionItemProps extends Omit<ComponentProps<"li">, "id"> {
  session: SessionInfo;
  /** Replaces the English words one by one. */
  labels?: Partial<SessionLabels>;
  /** The session's actions, such as the form that revokes it. */
  children?: ReactNode;
}

const ENGLISH: SessionLabels = {
  current: "This device",
  methods: "Logged in with",
  ip: "IP address",
  firstSeen: "First seen",
  lastSeen: "Last seen",
};

/** One session of a SessionList: a `<li data-id>`, with `data-current` on the device that looks at it. */
export function SessionItem({ session, labels, children, ...item }: SessionItemProps) {
  const words = { ...ENGLISH, ...labels };
  return (
    <li
      data-slot="session"
      {...item}
      data-id={session.id}
      data-current={session.current ? "" : undefined}
    >
      <p data-slot="session-device">
        {session.device}
        {session.current && (
          <>
            {" "}
            <strong data-slot="session-current">{words.current}</strong>
          </>
        )}
      </p>
      <dl data-slot="session-facts">
        {session.methods.length > 0 && (
          <Fact term={words.methods}>{session.methods.join(", ")}</Fact>
        )}
        {session.ip && <Fact term={words.ip}>{session.ip}</Fact>}
        <Fact term={words.firstSeen}>
          <LocalTime data-slot="session-first-seen" value={session.firstSeen} />
        </Fact>
        <Fact term={words.lastSeen}>
          <LocalTime data-slot="session-last-seen" value={session.lastSeen} />
        </Fact>
      </dl>
      {children}
    </li>
  );
}

function Fact({ term, children }: { term: string; children: ReactNode }) {
  return (
    <div data-slot="session-fact">
      <dt>{term}</dt>
      <dd>{children}</dd>
    </div>
  );
}
