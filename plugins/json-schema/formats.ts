import { parseAddress } from "#src/core/network/address.ts";

const DATE = /^(\d{4})-(\d\d)-(\d\d)$/;
const TIME = /^(\d\d):(\d\d):(\d\d)(?:\.\d+)?(?:z|([+-])(\d\d):(\d\d))$/i;

function isDate(text: string): boolean {
  const [, year, month, day] = (DATE.exec(text) ?? []).map(Number);
  if (year === undefined || month === undefined || day === undefined || month < 1 || month > 12 || day < 1)
    return false;
  const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  const days = month === 2 ? (leap ? 29 : 28) : [4, 6, 9, 11].includes(month) ? 30 : 31;
  return day <= days;
}

/** With the leap seconds that can be: at the end of a day in UTC. */
function isTime(text: string): boolean {
  const found = TIME.exec(text);
  if (found === null) return false;
  const [hour = 0, minute = 0, second = 0] = found.slice(1, 4).map(Number);
  const [zoneHour = 0, zoneMinute = 0] = found.slice(5, 7).map((part) => Number(part ?? 0));
  if (hour > 23 || minute > 59 || second > 60 || zoneHour > 23 || zoneMinute > 59) return false;
  const zone = (found[4] === "-" ? -1 : 1) * (zoneHour * 60 + zoneMinute);
  return second < 60 || (hour * 60 + minute - zone + 2880) % 1440 === 1439;
}

function isHostname(text: string): boolean {
  const labels = text.replace(/\.$/, "").split(".");
  return text.length <= 254 && labels.every((label) => /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/i.test(label));
}

const ATOMS = /^[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/i;

function isEmail(text: string): boolean {
  const at = text.lastIndexOf("@");
  const [local, domain] = [text.slice(0, Math.max(at, 0)), text.slice(at + 1)];
  if (local.length > 64 || !(ATOMS.test(local) || /^"(?:[^"\\\r\n]|\\.)*"$/.test(local))) return false;
  const literal = /^\[(?:IPv6:)?(.*)\]$/i.exec(domain)?.[1];
  return literal === undefined ? isHostname(domain) : parseAddress(literal) !== undefined;
}

function isPlainAddress(text: string, bits: number): boolean {
  return !text.includes("%") && parseAddress(text)?.bits === bits;
}

/** Only what need not be escaped, `%` only before two digits, and brackets only around an address. */
function isReference(text: string): boolean {
  const plain = text.replace(/\/\/([^/?#@]*@)?\[[0-9a-f:.]+\]/i, "//$1");
  return /^(?:[\w.~:/?#@!$&'()*+,;=-]|%[0-9a-f]{2})*$/i.test(plain) && URL.canParse(text, "https://schema.invalid/");
}

const VARIABLE = String.raw`(?:[\w.]|%[0-9a-f]{2})+(?::[1-9]\d{0,3}|\*)?`;
const TEMPLATE = new RegExp(
  String.raw`^(?:[^\0-\x20"'<>%\\^\x60{|}]|%[0-9a-f]{2}|\{[+#./;?&=,!@|]?${VARIABLE}(?:,${VARIABLE})*\})*$`,
  "i",
);

const POINTER = /^(?:\/(?:[^~/]|~[01])*)*$/;

/** The formats that Higress' validator knows in these drafts; others say nothing. */
export const FORMATS: Readonly<Record<string, (text: string) => boolean>> = {
  "date-time": (text) => {
    const [date = "", time = ""] = text.split(/[t ]/i, 2);
    return isDate(date) && isTime(time) && text.length === date.length + time.length + 1;
  },
  date: isDate,
  time: isTime,
  hostname: isHostname,
  email: isEmail,
  "ip-address": (text) => isPlainAddress(text, 32),
  ipv4: (text) => isPlainAddress(text, 32),
  ipv6: (text) => isPlainAddress(text, 128),
  uri: (text) => /^[a-z][a-z0-9+.-]*:/i.test(text) && isReference(text),
  uriref: isReference,
  "uri-reference": isReference,
  "uri-template": (text) => TEMPLATE.test(text),
  "json-pointer": (text) => POINTER.test(text),
  "relative-json-pointer": (text) => {
    const [, rest] = /^(?:0|[1-9]\d*)(#|.*)$/s.exec(text) ?? [];
    return rest !== undefined && (rest === "#" || POINTER.test(rest));
  },
  regex: (text) => {
    try {
      return new RegExp(text) instanceof RegExp;
    } catch {
      return false;
    }
  },
};
