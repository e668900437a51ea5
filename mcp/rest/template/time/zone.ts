import type { GoTime } from "../value.ts";

/** How a moment is told in its zone. */
export interface WallClock {
  /** The same clock face in UTC, for reading its parts. */
  readonly face: Date;
  /** Minutes east of UTC. */
  readonly offset: number;
  readonly name: string;
}

const formats = new Map<string, Intl.DateTimeFormat | undefined>();

/** Undefined for UTC, and for a zone nobody knows: it is taken for UTC, as Sprig does. */
function formatOf(zone: string): Intl.DateTimeFormat | undefined {
  if (!formats.has(zone)) {
    if (formats.size > 1000) formats.clear();
    formats.set(zone, made(zone));
  }
  return formats.get(zone);
}

function made(timeZone: string): Intl.DateTimeFormat | undefined {
  if (["", "UTC", "Local", "Z"].includes(timeZone)) return undefined;
  try {
    return new Intl.DateTimeFormat("en-US", {
      timeZone,
      timeZoneName: "short",
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
    });
  } catch {
    return undefined;
  }
}

export function wallClock({ at, zone }: GoTime): WallClock {
  const fixed = /^([+-])(\d\d):?(\d\d)$/.exec(zone);
  if (fixed !== null) {
    const offset = (fixed[1] === "-" ? -1 : 1) * (Number(fixed[2]) * 60 + Number(fixed[3]));
    return { face: new Date(at + offset * 60_000), offset, name: offset === 0 ? "UTC" : zone.replace(":", "") };
  }
  const format = formatOf(zone);
  if (format === undefined || Number.isNaN(at)) return { face: new Date(at), offset: 0, name: "UTC" };
  const parts = new Map(format.formatToParts(at).map(({ type, value }) => [type, value]));
  const of = (type: Intl.DateTimeFormatPartTypes): number => Number(parts.get(type));
  const face = Date.UTC(of("year"), of("month") - 1, of("day"), of("hour"), of("minute"), of("second"));
  const whole = Math.floor(at / 1000) * 1000;
  const offset = Math.round((face - whole) / 60_000);
  return { face: new Date(face + (at - whole)), offset, name: abbreviation(parts.get("timeZoneName") ?? "", offset) };
}

/** Letters where the runtime knows some, else the offset. */
function abbreviation(name: string, offset: number): string {
  return /^[A-Z]+$/.test(name) ? name : offsetText(offset, "").replace(/00$/, "");
}

/** `+0200`, or with `:` between. */
export function offsetText(offset: number, between: string): string {
  const size = Math.abs(offset);
  const two = (value: number): string => String(value).padStart(2, "0");
  return (offset < 0 ? "-" : "+") + two(Math.floor(size / 60)) + between + two(size % 60);
}
