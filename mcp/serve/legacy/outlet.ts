/** For calls that nobody waits at: what they say goes to nobody, and nobody is asked. */
export const NOWHERE: Pick<Outlet, "message" | "streams"> = { streams: false, message() {} };

/** Where the messages of a request go. */
export interface Outlet {
  /** The client takes what comes before the result; where it does not, it cannot be asked. */
  readonly streams: boolean;
  /** Sends what comes before the result: notifications, questions. */
  message(text: string): void;
  /** Sends the result or the error, which is the last. */
  finish(text: string): void;
  /** Answers with another HTTP answer in place of a result; false when it is too late for that. */
  refuse(response: Response): boolean;
}
