/** Why an authorization server gave nothing. The message is for the log: it names what was asked and the OAuth error code, no secret. */
export class OAuthFailure extends Error {
  /** `unreachable`: asking again later may help. `refused`: it will not, until somebody changes something. */
  readonly kind: "unreachable" | "refused";
  /** RFC 6749's error code, when there was one. */
  readonly code: string | undefined;

  constructor(
    kind: "unreachable" | "refused",
    message: string,
    options: { readonly code?: string; readonly cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.name = "OAuthFailure";
    this.kind = kind;
    this.code = options.code;
  }
}
