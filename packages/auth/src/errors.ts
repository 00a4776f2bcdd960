/** The stable codes of the mistakes an app can make. */
export type AuthErrorCode =
  | "ERR_AUTH_CONFIG_INVALID"
  | "ERR_AUTH_CONTEXT_REUSED"
  | "ERR_AUTH_EMAIL_MISSING"
  | "ERR_AUTH_FEATURE_NAME"
  | "ERR_AUTH_MIDDLEWARE_MISSING"
  | "ERR_AUTH_PRESET";

/** A mistake in the app, never in what a visitor typed. Show it to the developer; do not catch it in a route. */
export class AuthError extends Error {
  override name = "AuthError";
  code: AuthErrorCode;

  constructor(code: AuthErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
