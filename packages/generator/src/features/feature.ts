/** What a feature adds to an app. The texts of its files come from the fixture, where they are typed, linted and run. */
export interface Feature {
  id: string;
  title: string;
  /** Features that must be there too. */
  requires: string[];
  /** Files that are the feature's own, by their path in the fixture. */
  files: string[];
  /** What it adds to lists in files of others: how each entry begins, by file. */
  entries: Record<string, string[]>;
  /** Tables it adds to the app's database. */
  tables: string[];
  dependencies: string[];
  devDependencies: string[];
  scripts: Record<string, string>;
  env: EnvEntry[];
}

export interface EnvEntry {
  key: string;
  /** What it is for, one line above it. */
  comment: string;
  /** In `.env`: a secret of so many bytes, a fixed value, or nothing. */
  value: { secret: number } | string | null;
  /** In `.env.example`. */
  example: string;
}

/** What only both of two features need. */
export interface Joint {
  of: [string, string];
  files: string[];
  entries: Record<string, string[]>;
}
