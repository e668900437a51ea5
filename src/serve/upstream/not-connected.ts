import { classifyFailure } from "../../core/fetch-failure.ts";

/** No connection came about, so that no request was sent. */
export class NotConnected extends Error {
  /** One of those that `classifyFailure` knows. */
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "NotConnected";
    this.code = code;
  }
}

/** What keeps a connection from coming about, said so that everybody knows it as that. */
export function asNotConnected(error: unknown): Error {
  if (error instanceof Error && classifyFailure(error) === "connect") return error;
  const message = error instanceof Error ? error.message : String(error);
  return new NotConnected("FailedToOpenSocket", message, { cause: error });
}
