import type { ComponentProps } from "react";
import { useHydrated } from "./use-hydrated.ts";

export interface LocalTimeProps extends Omit<ComponentProps<"time">, "dateTime" | "children"> {
  /** A `Date` or an ISO 8601 string. */
  value: Date | string;
}

/** A `<time>` in UTC until JavaScript runs, then in the visitor's own zone and language: the server knows neither. */
export function LocalTime({ value, ...time }: LocalTimeProps) {
  const hydrated = useHydrated();
  const date = new Date(value);
  return (
    <time data-slot="time" {...time} dateTime={date.toISOString()}>
      {hydrated ? inVisitorsWords(date) : inUtc(date)}
    </time>
  );
}

function inVisitorsWords(date: Date): string {
  return date.toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
}

function inUtc(date: Date): string {
  return `${date.toISOString().slice(0, 16).replace("T", " ")} UTC`;
}
