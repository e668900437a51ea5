import type { GoTime } from "../value.ts";
import { offsetText, type WallClock, wallClock } from "./zone.ts";

export const MONTHS: readonly string[] = [
  "January",
  "February",
  "March",
  "April",
  "May",
  "June",
  "July",
  "August",
  "September",
  "October",
  "November",
  "December",
];
export const DAYS: readonly string[] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

/** Go's layouts are written as one certain moment, Mon Jan 2 15:04:05 MST 2006. Longer pieces stand before those they begin with. */
const PIECES = new RegExp(
  [
    "January|Jan(?![a-z])|Monday|Mon(?![a-z])|MST|2006|002|__2|_2(?!006)|01|02|03|04|05|06|15|PM|pm",
    "[-Z]07:00:00|[-Z]070000|[-Z]07:00|[-Z]0700|[-Z]07|[.,](?:0+|9+)(?!\\d)|1|2|3|4|5",
  ].join("|"),
  "g",
);

/** A layout cut into text and pieces, in turns. */
export function cutLayout(layout: string): readonly { readonly text: string; readonly piece: string }[] {
  const parts: { text: string; piece: string }[] = [];
  let from = 0;
  for (const { 0: piece, index } of layout.matchAll(PIECES)) {
    parts.push({ text: layout.slice(from, index), piece });
    from = index + piece.length;
  }
  return [...parts, { text: layout.slice(from), piece: "" }];
}

/** A moment by a Go layout. */
export function formatTime(time: GoTime, layout: string): string {
  const clock = wallClock(time);
  return cutLayout(layout)
    .map(({ text, piece }) => text + (piece === "" ? "" : written(piece, clock)))
    .join("");
}

/** As Go prints a moment that no layout is given for. */
export function shownTime(time: GoTime): string {
  return `${formatTime(time, "2006-01-02 15:04:05.999999999 -0700 ")}${wallClock(time).name}`;
}

const two = (value: number): string => String(value).padStart(2, "0");
const twelve = (hour: number): number => hour % 12 || 12;

function dayOfYear(face: Date): number {
  const year = face.getUTCFullYear();
  return Math.floor((Date.UTC(year, face.getUTCMonth(), face.getUTCDate()) - Date.UTC(year, 0, 1)) / 86_400_000) + 1;
}

const WRITTEN: Readonly<Record<string, (face: Date, clock: WallClock) => string>> = {
  January: (face) => MONTHS[face.getUTCMonth()] ?? "",
  Jan: (face) => MONTHS[face.getUTCMonth()]?.slice(0, 3) ?? "",
  "1": (face) => String(face.getUTCMonth() + 1),
  "01": (face) => two(face.getUTCMonth() + 1),
  Monday: (face) => DAYS[face.getUTCDay()] ?? "",
  Mon: (face) => DAYS[face.getUTCDay()]?.slice(0, 3) ?? "",
  "2": (face) => String(face.getUTCDate()),
  _2: (face) => String(face.getUTCDate()).padStart(2),
  "02": (face) => two(face.getUTCDate()),
  __2: (face) => String(dayOfYear(face)).padStart(3),
  "002": (face) => String(dayOfYear(face)).padStart(3, "0"),
  "15": (face) => two(face.getUTCHours()),
  "3": (face) => String(twelve(face.getUTCHours())),
  "03": (face) => two(twelve(face.getUTCHours())),
  "4": (face) => String(face.getUTCMinutes()),
  "04": (face) => two(face.getUTCMinutes()),
  "5": (face) => String(face.getUTCSeconds()),
  "05": (face) => two(face.getUTCSeconds()),
  "2006": (face) => String(face.getUTCFullYear()).padStart(4, "0"),
  "06": (face) => two(face.getUTCFullYear() % 100),
  PM: (face) => (face.getUTCHours() < 12 ? "AM" : "PM"),
  pm: (face) => (face.getUTCHours() < 12 ? "am" : "pm"),
  MST: (_, { name }) => name,
};

function written(piece: string, clock: WallClock): string {
  const known = WRITTEN[piece];
  if (known !== undefined) return known(clock.face, clock);
  if (/^[.,]/.test(piece)) return fraction(piece, clock.face.getUTCMilliseconds());
  if (piece.startsWith("Z") && clock.offset === 0) return "Z";
  const text = offsetText(clock.offset, piece.includes(":") ? ":" : "");
  if (piece.length === 3) return text.slice(0, 3);
  return piece.endsWith(":00:00") ? `${text}:00` : piece.endsWith("0000") ? `${text}00` : text;
}

/** `.000` writes all places, `.999` no zeros at the end. */
function fraction(piece: string, milliseconds: number): string {
  const digits = String(milliseconds)
    .padStart(3, "0")
    .padEnd(9, "0")
    .slice(0, piece.length - 1);
  const kept = piece.charAt(1) === "9" ? digits.replace(/0+$/, "") : digits;
  return kept === "" ? "" : piece.charAt(0) + kept;
}
