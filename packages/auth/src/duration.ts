declare const unit: unique symbol;

/** A length of time. Made by `seconds`, `minutes`, `hours` and `days`, so that no bare number is ever mistaken for one. */
export type Duration = number & { readonly [unit]: "seconds" };

/** `count` seconds. */
export const seconds = (count: number) => count as Duration;

/** `count` minutes. */
export const minutes = (count: number) => seconds(count * 60);

/** `count` hours. */
export const hours = (count: number) => minutes(count * 60);

/** `count` days of 24 hours. */
export const days = (count: number) => hours(count * 24);
