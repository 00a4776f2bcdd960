/** Where the app's auth pages are. The defaults are the paths the generator writes. */
export interface Paths {
  home: string;
  login: string;
  secondFactor: string;
  stepUp: string;
  verifyEmail: string;
  forgotPassword: string;
  resetPassword: string;
  twoFactor: string;
  magicLink: string;
  confirmEmail: string;
  cancelEmail: string;
  disown: string;
  deleteAccount: string;
}

/** The paths of a generated app. */
export const defaultPaths: Paths = {
  home: "/",
  login: "/login",
  secondFactor: "/login/second-factor",
  stepUp: "/step-up",
  verifyEmail: "/verify-email",
  forgotPassword: "/forgot-password",
  resetPassword: "/reset-password",
  twoFactor: "/settings/two-factor",
  magicLink: "/login/magic-link",
  confirmEmail: "/settings/email/confirm",
  cancelEmail: "/settings/email/cancel",
  disown: "/not-me",
  deleteAccount: "/settings/delete-account",
};

/** The same pages below another path, e.g. "/auth"; home stays where it is. */
export function pathsUnder(prefix: string): Omit<Paths, "home"> {
  const { home: _, ...pages } = defaultPaths;
  const moved = Object.entries(pages).map(([page, path]) => [page, prefix + path]);
  return Object.fromEntries(moved) as typeof pages;
}
