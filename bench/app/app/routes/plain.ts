/** Asks nobody and nothing. */
export const loader = () => Response.json({ ok: true });
