/** A line of the gateway's own log, beside the access log. `fields` hold no secret. */
export interface Log {
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

/** What a log line says beyond its message. */
export type LogFields = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;
