/** Where the messages of a request go. */
export interface Outlet {
  /** Sends what comes before the result: notifications, questions. */
  message(text: string): void;
  /** Sends the result or the error, which is the last. */
  finish(text: string): void;
  /** Answers with another HTTP answer in place of a result; false when it is too late for that. */
  refuse(response: Response): boolean;
}
