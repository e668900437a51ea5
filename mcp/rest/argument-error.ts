/** A call whose arguments cannot be sent. The message is for the model, which may mend them. */
export class ArgumentError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "ArgumentError";
  }
}
