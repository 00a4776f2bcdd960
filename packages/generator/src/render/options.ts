/** What an app's files depend on, besides its features. Found once, then kept in the lock. */
export interface Options {
  /** As users know the app: in mails and titles. */
  appName: string;
  /** Where React Router looks for the app, relative to its package.json. */
  appDirectory: string;
  /** Where the route modules go, relative to `appDirectory`. */
  routesDirectory: string;
  /** How imports from the app's root are spelled; null for relative ones. */
  alias: { prefix: string; target: string } | null;
  /** What relative imports end in, where `moduleResolution: nodenext` and its like want an end. */
  extension: "ts" | "js" | null;
  /** Before the name of each table. */
  tablePrefix: string;
  usersTable: string;
  /** The app's own table of users, where it takes the place of ours. Locks of before have no word of it. */
  adoptedUsers?: AdoptedUsers | null;
  /** Whether drizzle-kit's configuration is ours; else it is the app's own. */
  drizzleConfig: boolean;
  /** Before the path of each page, e.g. "/auth". */
  prefix: string;
}

export interface AdoptedUsers {
  /** Relative to the app's package.json. */
  file: string;
  exportName: string;
}

/** What the fixture is written with. */
export const fixtureOptions: Options = {
  appName: "auth-rr demo",
  appDirectory: "app",
  routesDirectory: "routes",
  alias: { prefix: "~/", target: "app/" },
  extension: null,
  tablePrefix: "",
  usersTable: "users",
  drizzleConfig: true,
  prefix: "",
};
