import { describe, expect, test } from "bun:test";
import { compileLinear } from "#src/core/linear-regex.ts";
import { expandGrok } from "#plugins/masking/grok.ts";
import { GROK_PATTERNS } from "#plugins/masking/grok-patterns.ts";

/** What each pattern matches of a text. */
const EXAMPLES: Readonly<Record<string, readonly [text: string, match: string]>> = {
  WORD: ["-word_1-", "word_1"],
  NOTSPACE: [" a-b c", "a-b"],
  SPACE: ["   ", "   "],
  GREEDYDATA: ["all of it", "all of it"],
  QUOTEDSTRING: ['say "a \\" b" now', '"a \\" b"'],
  QS: ["say 'it' now", "'it'"],
  INT: ["x -12.5", "-12"],
  POSINT: ["0 012 12", "12"],
  NONNEGINT: ["a 012", "012"],
  BASE10NUM: ["is -1.50!", "-1.50"],
  NUMBER: ["at .5", ".5"],
  BASE16NUM: ["= 0xFF;", "0xFF"],
  BASE16FLOAT: [" 0xA.8 ", "0xA.8"],
  UUID: ["id 550e8400-e29b-41d4-a716-446655440000.", "550e8400-e29b-41d4-a716-446655440000"],
  URN: ["urn:isbn:0451450523 ", "urn:isbn:0451450523"],
  USERNAME: ["(joe.b-1)", "joe.b-1"],
  USER: ["(joe)", "joe"],
  EMAILLOCALPART: ["<joe.b+x@a.de>", "joe.b+x"],
  EMAILADDRESS: ["<joe.b+x@mail.example.com>", "joe.b+x@mail.example.com"],
  MOBILE: ["tel 13800138000", "13800138000"],
  IDCARD: ["11010119900307123X", "11010119900307123X"],
  CISCOMAC: ["at 0123.4567.89ab", "0123.4567.89ab"],
  WINDOWSMAC: ["at 01-23-45-67-89-AB", "01-23-45-67-89-AB"],
  COMMONMAC: ["at 01:23:45:67:89:ab", "01:23:45:67:89:ab"],
  MAC: ["at 01:23:45:67:89:ab", "01:23:45:67:89:ab"],
  IPV4: ["1.2.3.456 172.20.5.14/api", "172.20.5.14"],
  IPV6: ["[2001:db8::8a2e:370:7334]", "2001:db8::8a2e:370:7334"],
  HEX4: ["-beef-", "beef"],
  IP: ["http://172.20.5.14/api", "172.20.5.14"],
  HOSTNAME: ["//mail.example.com:25", "mail.example.com"],
  IPORHOST: ["//example.com/", "example.com"],
  HOSTPORT: ["//10.0.0.1:8080/", "10.0.0.1:8080"],
  UNIXPATH: ["cat /etc/pass.wd now", "/etc/pass.wd"],
  WINPATH: ["C:\\Users\\joe x", "C:\\Users\\joe"],
  PATH: ["in /var/log ", "/var/log"],
  TTY: ["on /dev/pts/0 ", "/dev/pts/0"],
  URIPROTO: ["https://", "https"],
  URIHOST: ["//example.com:8443/", "example.com:8443"],
  URIPATH: ["GET /a/b.c HTTP", "/a/b.c"],
  URIPARAM: ["/a?b=c&d=e f", "?b=c&d=e"],
  URIPATHPARAM: ["GET /a?b=c HTTP", "/a?b=c"],
  URI: ["see https://joe:pw@example.com:8443/a?b=c now", "https://joe:pw@example.com:8443/a?b=c"],
  MONTH: ["in Sept. or October", "October"],
  MONTHNUM: ["12", "12"],
  MONTHNUM2: ["7 07", "07"],
  MONTHDAY: ["31.", "31"],
  DAY: ["on Thursday", "Thursday"],
  YEAR: ["2026", "2026"],
  HOUR: ["23h", "23"],
  MINUTE: ["59", "59"],
  SECOND: ["07.25", "07.25"],
  TIME: ["at 23:59:07.25", "23:59:07.25"],
  DATE_US: ["on 11/26/2026", "11/26/2026"],
  DATE_EU: ["on 26.11.2026", "26.11.2026"],
  DATE: ["on 26.11.2026", "26.11.2026"],
  DATESTAMP: ["26.11.2026 23:59:07", "26.11.2026 23:59:07"],
  ISO8601_TIMEZONE: ["+01:00", "+01:00"],
  ISO8601_SECOND: ["59,5", "59,5"],
  TIMESTAMP_ISO8601: ["<2026-11-26T23:59:07.25+01:00>", "2026-11-26T23:59:07.25+01:00"],
  TZ: ["in CET", "CET"],
  HTTPDATE: ["[26/Nov/2026:23:59:07 +0100]", "26/Nov/2026:23:59:07 +0100"],
  SYSLOGTIMESTAMP: ["Nov 26 23:59:07 host", "Nov 26 23:59:07"],
  PROG: ["sshd[1]:", "sshd"],
  LOGLEVEL: ["[WARN]", "WARN"],
};

describe("patterns", () => {
  test.each(Object.keys(GROK_PATTERNS).filter((name) => name !== "DATA"))("%%{%s}", async (name) => {
    const [text, match] = EXAMPLES[name] ?? ["", "no example"];
    expect((await compileLinear(expandGrok(`%{${name}}`))).exec(text)?.groups[0]).toBe(match);
  });

  test("as little as fits", async () => {
    expect((await compileLinear(expandGrok("<%{DATA:inner}>"))).exec("<a><b>")?.named).toEqual({ inner: "a" });
  });

  test.each(["::1", "fe80::", "1:2:3:4:5:6:7:8", "::ffff:10.0.0.1", "64:ff9b::192.0.2.33", "1:2:3:4:5:6:10.0.0.1"])(
    "%s is an address",
    async (address) => {
      expect((await compileLinear(`^(?:${expandGrok("%{IP}")})$`)).test(address)).toBeTrue();
    },
  );
});

describe("expandGrok", () => {
  test("names groups, and keeps alternatives together", async () => {
    const regex = await compileLinear(expandGrok("%{EMAILLOCALPART}@%{HOSTNAME:domain}"));
    expect(regex.exec("admin@gmail.com")?.named).toEqual({ domain: "gmail.com" });
    expect((await compileLinear(expandGrok("x%{IDCARD}y"))).test("x123456789012345y")).toBeTrue();
    expect(expandGrok("sk-[0-9]{3}%")).toBe("sk-[0-9]{3}%");
  });

  test("tells what it does not know", () => {
    expect(() => expandGrok("%{NOPE}")).toThrow("There is no GROK pattern %{NOPE}.");
    expect(() => expandGrok("%{toString}")).toThrow("There is no GROK pattern");
    expect(() => expandGrok("%{IP:a.b}")).toThrow("'a.b' cannot name a group");
  });
});
