// Loaded before a node of the app: takes one-time tokens as most of the world does, by looking first and deleting then.
import { registerHooks } from "node:module";

const NAIVE = `
export function tokensStore(db, tokens, users, now) {
  const honest = honestStore(db, tokens, users, now);
  return {
    ...honest,
    async take(purpose, tokenHash) {
      const found = await honest.find(purpose, tokenHash);
      if (found) await db.delete(tokens).where(eq(tokens.tokenHash, tokenHash));
      return found;
    },
  };
}`;

registerHooks({
  load(url, context, next) {
    const loaded = next(url, context);
    if (!url.endsWith("/features/tokens/store.js")) return loaded;
    const source = String(loaded.source);
    const honest = source.replace("export function tokensStore(", "function honestStore(");
    if (honest === source) throw new Error("tokensStore is not where it was; adapt naive-take.ts.");
    return { ...loaded, source: honest + NAIVE };
  },
});
