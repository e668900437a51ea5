import type { TemplateContext } from "../run.ts";
import { durationText, parseDuration } from "../time/duration.ts";
import { formatTime } from "../time/layout.ts";
import { parseIso, parseTime } from "../time/parse.ts";
import { type GoTime, isTime, plain, TemplateError, type Value } from "../value.ts";
import { asText, between, type Functions, type TemplateFunction } from "./signature.ts";

/** The gateway's own zone: all its replicas tell the same time. */
const LOCAL = "UTC";

/** A moment: a time, Unix seconds, or what `date` makes of anything else: now. A text in ISO 8601's form is taken for what it says. */
function momentOf(value: Value, context: TemplateContext): GoTime {
  const of = plain(value);
  if (isTime(of)) return of;
  if (typeof of === "bigint" || typeof of === "number") return { at: Number(of) * 1000, zone: LOCAL };
  const read = typeof of === "string" ? parseIso(of) : undefined;
  return read ?? { at: context.now(), zone: LOCAL };
}

const formatted = (layout: Value, value: Value, zone: string, context: TemplateContext): string =>
  formatTime({ at: momentOf(value, context).at, zone }, asText(layout));

const date: TemplateFunction = between(2, 2, ([layout, value], context) => formatted(layout, value, LOCAL, context));
const dateInZone: TemplateFunction = between(3, 3, ([layout, value, zone], context) =>
  formatted(layout, value, asText(zone), context),
);
const dateModify: TemplateFunction = between(2, 2, ([change, value], context) => {
  const moment = momentOf(value, context);
  return { at: moment.at + (parseDuration(asText(change)) ?? 0) / 1e6, zone: moment.zone };
});

/** Sprig's functions of time; `dateFormat` is Higress' own. */
export const dates: Functions = {
  now: between(0, 0, (_, { now }) => ({ at: now(), zone: LOCAL })),
  date,
  dateFormat: date,
  dateInZone,
  date_in_zone: dateInZone,
  dateModify,
  date_modify: dateModify,
  mustDateModify: dateModify,
  must_date_modify: dateModify,
  htmlDate: between(1, 1, ([value], context) => formatted("2006-01-02", value, LOCAL, context)),
  htmlDateInZone: between(2, 2, ([value, zone], context) => formatted("2006-01-02", value, asText(zone), context)),
  toDate: between(2, 2, ([layout, text]) => parseTime(asText(layout), asText(text)) ?? { at: ZERO, zone: LOCAL }),
  mustToDate: between(2, 2, ([layout, text]) => {
    const time = parseTime(asText(layout), asText(text));
    if (time === undefined) throw new TemplateError("mustToDate got a text that is not of that layout");
    return time;
  }),
  unixEpoch: between(1, 1, ([value], context) => String(Math.floor(momentOf(value, context).at / 1000))),
  ago: between(1, 1, ([value], context) => {
    const seconds = Math.round((context.now() - momentOf(value, context).at) / 1000);
    return durationText(seconds * 1e9);
  }),
  duration: between(1, 1, ([seconds]) => durationText(secondsOf(seconds) * 1e9)),
  durationRound: between(1, 1, ([value], context) => roughly(nanosecondsOf(value, context))),
};

/** Go's zero time, the first of January of the year 1. */
const ZERO = -62_135_596_800_000;

function secondsOf(value: Value): number {
  const of = plain(value);
  if (typeof of === "bigint") return Number(of);
  return typeof of === "string" && /^[+-]?\d+$/.test(of) ? Number(of) : 0;
}

function nanosecondsOf(value: Value, { now }: TemplateContext): number {
  const of = plain(value);
  if (isTime(of)) return (now() - of.at) * 1e6;
  if (typeof of === "bigint") return Number(of);
  return typeof of === "string" ? (parseDuration(of) ?? 0) : 0;
}

const UNITS: readonly (readonly [seconds: number, name: string])[] = [
  [365 * 86_400, "y"],
  [30 * 86_400, "mo"],
  [86_400, "d"],
  [3600, "h"],
  [60, "m"],
  [1, "s"],
];

/** The largest unit it has more than one of. */
function roughly(nanoseconds: number): string {
  const seconds = Math.abs(nanoseconds) / 1e9;
  for (const [size, name] of UNITS) if (seconds > size) return Math.floor(seconds / size) + name;
  return "0s";
}
