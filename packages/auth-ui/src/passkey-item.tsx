import type { ComponentProps, ReactNode } from "react";
import { LocalTime } from "./local-time.tsx";

export interface PasskeyInfo {
  id: string;
  name: string;
  /** Whether it is kept in more places than one device. */
  isBackedUp: boolean;
  createdAt: Date | string;
  lastUsedAt: Date | string | null;
}

export interface PasskeyLabels {
  backedUp: string;
  added: string;
  lastUsed: string;
  never: string;
}

export interface PasskeyItemProps extends Omit<ComponentProps<"li">, "id"> {
  passkey: PasskeyInfo;
  /** Replaces the English words one by one. */
  labels?: Partial<PasskeyLabels>;
  /** The passkey's actions, such as the forms that rename and remove it. */
  children?: ReactNode;
}

const ENGLISH: PasskeyLabels = {
  backedUp: "Synced",
  added: "Added",
  lastUsed: "Last used",
  never: "Never",
};

/** One passkey of a PasskeyList: a `<li data-id>`, with `data-backed-up` when it is kept in more places than one. */
export function PasskeyItem({ passkey, labels, children, ...item }: PasskeyItemProps) {
  const words = { ...ENGLISH, ...labels };
  const { id, name, isBackedUp, createdAt, lastUsedAt } = passkey;
  return (
    <li data-slot="passkey" {...item} data-id={id} data-backed-up={isBackedUp ? "" : undefined}>
      <p data-slot="passkey-name">
        {name}
        {isBackedUp && (
          <>
            {" "}
            <small data-slot="passkey-backed-up">{words.backedUp}</small>
          </>
        )}
      </p>
      <dl data-slot="passkey-facts">
        <div data-slot="passkey-fact">
          <dt>{words.added}</dt>
          <dd>
            <LocalTime data-slot="passkey-added" value={createdAt} />
          </dd>
        </div>
        <div data-slot="passkey-fact">
          <dt>{words.lastUsed}</dt>
          <dd>
            {lastUsedAt ? (
              <LocalTime data-slot="passkey-last-used" value={lastUsedAt} />
            ) : (
              words.never
            )}
          </dd>
        </div>
      </dl>
      {children}
    </li>
  );
}
