import type { Clock } from "../core/clock.ts";
import type { Log, LogFields } from "../core/log.ts";
import type { LineWriter } from "./line-writer.ts";

type Level = "info" | "warn" | "error";

/** How a line of the gateway's own log looks: JSON for machines, words for people at a terminal. */
export type LogFormat = "json" | "text";

/** The gateway's own log, one line a happening. */
export function createLog(writer: LineWriter, clock: Clock, format: LogFormat): Log {
  const line = format === "json" ? jsonLine : textLine;
  const at =
    (level: Level) =>
    (message: string, fields: LogFields = {}): void =>
      writer.write(line(new Date(clock.now()).toISOString(), level, message, fields));
  return { info: at("info"), warn: at("warn"), error: at("error") };
}

function jsonLine(time: string, level: Level, message: string, fields: LogFields): string {
  // The message and its level are not to be hidden by a field of the same name.
  return JSON.stringify({ time, level, ...omitting(fields), message });
}

function omitting({ time: _time, level: _level, message: _message, ...rest }: LogFields): LogFields {
  return rest;
}

function textLine(time: string, level: Level, message: string, fields: LogFields): string {
  const shown = Object.entries(fields).filter(([, value]) => value !== undefined);
  const tail = shown.map(([name, value]) => `  ${name}=${plain(value)}`).join("");
  return `${time.slice(11, 19)} ${level.padEnd(5)} ${oneLine(message)}${tail}`;
}

function plain(value: LogFields[string]): string {
  const text = Array.isArray(value) ? value.join(", ") : String(value);
  return /[\s"=]/.test(text) || text === "" ? JSON.stringify(text) : text;
}

/** A line break would let a message pass for two; other control characters could steer the terminal. */
function oneLine(text: string): string {
  // oxlint-disable-next-line no-control-regex -- they are what is looked for
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, " ");
}
