/** What is used of plop, so that a plopfile of any version of it will do. */
export interface PlopApi {
  getDestBasePath(): string;
  // biome-ignore lint/suspicious/noExplicitAny: plop's own types differ with its version.
  setActionType(name: string, action: any): unknown;
  setGenerator(name: string, generator: object): unknown;
  setDefaultInclude(include: object): unknown;
  renderString(template: string, data: object): string;
}

/**
 * For your plopfile: `await plop.load("auth-rr")` registers the generators `auth-rr-<feature>`, `auth-rr-route` and
 * `auth-rr-email`, and the action types `auth-rr:feature`, `auth-rr:file` and `auth-rr:write`.
 */
export default function authRr(plop: PlopApi): void;
