import type { GoTime } from "../value.ts";
import { cutLayout, DAYS, MONTHS } from "./layout.ts";
import { wallClock } from "./zone.ts";

/** What was read of a moment. */
interface Read {
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
  millisecond: number;
  afternoon: boolean | undefined;
  zone: string;
}

type Piece = readonly [pattern: string, take: (read: Read, text: string) => void];

/** A number that goes into one field. */
function digits(pattern: string, field: "year" | "month" | "day" | "hour" | "minute" | "second"): Piece {
  return [pattern, (read, text) => (read[field] = Number(text))];
}

const monthName = (list: readonly string[]): Piece => [
  list.join("|"),
  (read, text) => (read.month = MONTHS.findIndex((name) => name.slice(0, 3) === text.slice(0, 3)) + 1),
];
const short = (list: readonly string[]): readonly string[] => list.map((name) => name.slice(0, 3));
const half = (pattern: string): Piece => [pattern, (read, text) => (read.afternoon = text.toLowerCase() === "pm")];
const milliseconds = (fraction: string): number => Math.floor(Number(`0.${fraction}`) * 1000);

const PIECES: Readonly<Record<string, Piece>> = {
  January: monthName(MONTHS),
  Jan: monthName(short(MONTHS)),
  "1": digits("\\d{1,2}", "month"),
  "01": digits("\\d{2}", "month"),
  Monday: [DAYS.join("|"), () => {}],
  Mon: [short(DAYS).join("|"), () => {}],
  "2": digits("\\d{1,2}", "day"),
  _2: digits(" ?\\d{1,2}", "day"),
  "02": digits("\\d{1,2}", "day"),
  "15": digits("\\d{1,2}", "hour"),
  "3": digits("\\d{1,2}", "hour"),
  "03": digits("\\d{1,2}", "hour"),
  "4": digits("\\d{1,2}", "minute"),
  "04": digits("\\d{2}", "minute"),
  "5": digits("\\d{1,2}", "second"),
  "05": [
    "\\d{2}(?:[.,]\\d+)?",
    (read, text) => {
      read.second = Number(text.slice(0, 2));
      read.millisecond = milliseconds(text.slice(3));
    },
  ],
  "2006": digits("\\d{4}", "year"),
  "06": ["\\d{2}", (read, text) => (read.year = Number(text) + (Number(text) >= 69 ? 1900 : 2000))],
  PM: half("[AP]M"),
  pm: half("[ap]m"),
  MST: ["[A-Z]{3,5}", () => {}],
};

const FRACTION: Piece = [
  "(?:[.,]\\d+)?",
  (read, text) => {
    // Seconds may have taken it already.
    if (text !== "") read.millisecond = milliseconds(text.slice(1));
  },
];
const OFFSET: Piece = [
  "Z|[+-]\\d{2}(?::?\\d{2}){0,2}",
  (read, text) => (read.zone = text === "Z" ? "UTC" : text.replace(":", "").padEnd(5, "0").slice(0, 5)),
];

function pieceOf(piece: string): Piece {
  return PIECES[piece] ?? (/^[.,]/.test(piece) ? FRACTION : OFFSET);
}

const escaped = (text: string): string => text.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, String.raw`\$&`);

/** A text by a Go layout; undefined when it is not of that form, or no date. */
export function parseTime(layout: string, text: string): GoTime | undefined {
  const parts = cutLayout(layout).map((part) => ({
    before: escaped(part.text),
    known: part.piece === "" ? undefined : pieceOf(part.piece),
  }));
  const pattern = parts.map(({ before, known }) => before + (known === undefined ? "" : `(${known[0]})`));
  const match = new RegExp(`^${pattern.join("")}$`).exec(text);
  if (match === null) return undefined;
  const read: Read = {
    year: 0,
    month: 1,
    day: 1,
    hour: 0,
    minute: 0,
    second: 0,
    millisecond: 0,
    afternoon: undefined,
    zone: "UTC",
  };
  for (const [at, { known }] of parts.entries()) known?.[1](read, match[at + 1] ?? "");
  return momentOf(read);
}

function momentOf({ year, month, day, hour, minute, second, millisecond, afternoon, zone }: Read): GoTime | undefined {
  const hours = afternoon === undefined ? hour : (hour % 12) + (afternoon ? 12 : 0);
  const face = new Date(0);
  face.setUTCFullYear(year, month - 1, day);
  face.setUTCHours(hours, minute, second, millisecond);
  const asRead = face.getUTCMonth() === month - 1 && face.getUTCDate() === day && face.getUTCMinutes() === minute;
  if (!asRead || face.getUTCHours() !== hours || face.getUTCSeconds() !== second) return undefined;
  const { offset } = wallClock({ at: face.getTime(), zone });
  return { at: face.getTime() - offset * 60_000, zone };
}

const ISO: readonly string[] = [
  "2006-01-02",
  "2006-01-02T15:04",
  "2006-01-02T15:04:05",
  "2006-01-02 15:04",
  "2006-01-02 15:04:05",
  "2006-01-02T15:04:05Z07:00",
];

/** A date, or a date and a time, as ISO 8601 and RFC 3339 write them; undefined for anything else. */
export function parseIso(text: string): GoTime | undefined {
  if (!/^\d{4}-\d{2}-\d{2}/.test(text) || text.length > 40) return undefined;
  for (const layout of ISO) {
    const time = parseTime(layout, text);
    if (time !== undefined) return time;
  }
  return undefined;
}
