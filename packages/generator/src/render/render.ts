import type { Wanted } from "../engine/reconcile.ts";
import { adapt, placeOf } from "./adapt.ts";
import type { Options } from "./options.ts";
import { type Template, templates } from "./template.ts";

/** Every generated file of an app with these features, by path. The same input gives the same bytes. */
export function render(features: readonly string[], options: Options): Map<string, Wanted> {
  const has = (when: readonly string[] = []) => when.every((id) => features.includes(id));
  const present = Object.entries(templates).filter(
    ([path, { when }]) => has(when) && (options.drizzleConfig || path !== "drizzle.config.ts"),
  );
  const paths = new Set(present.map(([path]) => path));
  const files = present.map(([path, template]): [string, Wanted] => {
    const text = textOf(template, has);
    const feature = template.when.at(-1) as string;
    return [placeOf(path, options), { feature, text: adapt(path, text, options, paths) }];
  });
  return new Map(files);
}

function textOf({ parts }: Template, has: (when?: readonly string[]) => boolean): string {
  const present = parts.filter(({ when }) => has(when));
  const text = present.map((part) => part.text).join("");
  return present.length < parts.length ? closeGaps(text) : text;
}

/** The blank lines around what is left out: one is enough, and none before the end of a list. */
function closeGaps(text: string): string {
  return text.replace(/\n{3,}/g, "\n\n").replace(/\n\n(?=[ \t]*[}\])])/g, "\n");
}
