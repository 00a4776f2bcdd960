import type { ComponentProps } from "react";
import { Link, useSearchParams } from "react-router";

export interface FactorOption {
  /** What stands in the URL, such as "totp". */
  name: string;
  /** In words ready to read: "Use a backup code". */
  label: string;
}

export interface FactorChoiceProps extends Omit<ComponentProps<"nav">, "children"> {
  options: readonly FactorOption[];
  /** The one whose form is shown. */
  current: string;
}

/** The ways to show a second factor: a `<nav>` of links to `?factor=name` on the same page, which work without JavaScript. */
export function FactorChoice({ options, current, ...nav }: FactorChoiceProps) {
  const [search] = useSearchParams();
  return (
    <nav data-slot="factor-choice" aria-label="Second factor" {...nav}>
      <ul>
        {options.map(({ name, label }) => (
          <li key={name}>
            <Link
              data-slot="factor-option"
              to={{ search: `?${withFactor(search, name)}` }}
              replace
              aria-current={name === current ? "true" : undefined}
            >
              {label}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}

/** The rest of the query stays: it may say where the visitor was going. */
function withFactor(search: URLSearchParams, name: string): URLSearchParams {
  const next = new URLSearchParams(search);
  next.set("factor", name);
  return next;
}
