import { stack } from "../stack/stack.ts";

/** No limit holds: every hit is counted under a key of its own. */
export async function liftLimits(): Promise<void> {
  await stack.sql`create or replace function lift() returns trigger language plpgsql as
    'begin new.key := gen_random_uuid()::text; return new; end'`;
  await stack.sql`create or replace trigger lift before insert on rate_limits
    for each row execute function lift()`;
}

export async function restoreLimits(): Promise<void> {
  await stack.sql`drop trigger lift on rate_limits`;
}
