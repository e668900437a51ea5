/** A token that is not taken. The message is told to the client (`error_description`), so it is one of a few and holds nothing of the token. */
export class InvalidToken extends Error {
  constructor(message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.name = "InvalidToken";
  }
}
