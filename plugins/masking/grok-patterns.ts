/**
 * Patterns by the names that grok users know (https://www.elastic.co/docs/reference/logstash/plugins/plugins-filters-grok), in RE2's syntax
 * and words of our own; MOBILE and IDCARD are Higress'. They may name each other.
 */
export const GROK_PATTERNS: Readonly<Record<string, string>> = {
  // Words and numbers.
  WORD: "\\b\\w+\\b",
  NOTSPACE: "\\S+",
  SPACE: "\\s*",
  DATA: ".*?",
  GREEDYDATA: ".*",
  QUOTEDSTRING: "\"(?:[^\"\\\\]|\\\\.)*\"|'(?:[^'\\\\]|\\\\.)*'|`(?:[^`\\\\]|\\\\.)*`",
  QS: "%{QUOTEDSTRING}",
  INT: "[+-]?\\d+",
  POSINT: "\\b[1-9]\\d*\\b",
  NONNEGINT: "\\b\\d+\\b",
  BASE10NUM: "[+-]?(?:\\d+(?:\\.\\d+)?|\\.\\d+)",
  NUMBER: "%{BASE10NUM}",
  BASE16NUM: "[+-]?(?:0[xX])?[0-9A-Fa-f]+",
  BASE16FLOAT: "\\b[+-]?(?:0[xX])?(?:[0-9A-Fa-f]+(?:\\.[0-9A-Fa-f]*)?|\\.[0-9A-Fa-f]+)\\b",
  UUID: "[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}",
  URN: "urn:[0-9A-Za-z][0-9A-Za-z-]{1,31}:[0-9A-Za-z()+,.:=@;$_!*'/?#%-]+",
  // People.
  USERNAME: "[0-9A-Za-z._-]+",
  USER: "%{USERNAME}",
  EMAILLOCALPART: "[0-9A-Za-z!#$%&'*+/=?^_`{|}~-]+(?:\\.[0-9A-Za-z!#$%&'*+/=?^_`{|}~-]+)*",
  EMAILADDRESS: "%{EMAILLOCALPART}@%{HOSTNAME}",
  MOBILE: "\\d{8,11}",
  IDCARD: "\\d{17}[0-9xX]|\\d{15}",
  // Networks.
  CISCOMAC: "(?:[0-9A-Fa-f]{4}\\.){2}[0-9A-Fa-f]{4}",
  WINDOWSMAC: "(?:[0-9A-Fa-f]{2}-){5}[0-9A-Fa-f]{2}",
  COMMONMAC: "(?:[0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}",
  MAC: "%{CISCOMAC}|%{WINDOWSMAC}|%{COMMONMAC}",
  IPV4: "\\b(?:(?:25[0-5]|2[0-4]\\d|1?\\d?\\d)\\.){3}(?:25[0-5]|2[0-4]\\d|1?\\d?\\d)\\b",
  // The longest forms first: whole, with an IPv4 address at the end, then shortened ever further to the left.
  IPV6: [
    "(?:%{HEX4}:){7}%{HEX4}",
    "(?:%{HEX4}:){6}%{IPV4}",
    "(?:%{HEX4}:){0,5}(?:%{HEX4})?::(?:%{HEX4}:){0,5}%{IPV4}",
    "(?:%{HEX4}:){0,6}(?:%{HEX4})?::(?:%{HEX4}:){0,6}%{HEX4}",
    "(?:%{HEX4}:){0,6}%{HEX4}::",
  ].join("|"),
  HEX4: "[0-9A-Fa-f]{1,4}",
  IP: "%{IPV6}|%{IPV4}",
  HOSTNAME: "\\b[0-9A-Za-z](?:[0-9A-Za-z-]{0,62})(?:\\.[0-9A-Za-z](?:[0-9A-Za-z-]{0,62}))*\\b",
  IPORHOST: "%{IP}|%{HOSTNAME}",
  HOSTPORT: "(?:%{IPORHOST}):%{POSINT}",
  // Paths and addresses.
  UNIXPATH: "(?:/[\\w_%!$@:.,+~-]*)+",
  WINPATH: "(?:[A-Za-z]:|\\\\)(?:\\\\[^\\\\?*\\s]*)+",
  PATH: "%{WINPATH}|%{UNIXPATH}",
  TTY: "/dev/(?:pts|tty(?:[pq])?)(?:\\w+)?/?\\d+",
  URIPROTO: "[A-Za-z][0-9A-Za-z+.-]+",
  URIHOST: "(?:%{IPORHOST})(?::%{POSINT})?",
  URIPATH: "(?:/[0-9A-Za-z$.+!*'(){},~:;=@#%&_-]*)+",
  URIPARAM: "\\?[0-9A-Za-z$.+!*'|(){},~@#%&/=:;_?<>\\[\\]-]*",
  URIPATHPARAM: "%{URIPATH}(?:%{URIPARAM})?",
  URI: "%{URIPROTO}://(?:%{USER}(?::[^@\\s]*)?@)?(?:%{URIHOST})?(?:%{URIPATHPARAM})?",
  // Times.
  MONTH:
    "\\b(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sep(?:tember)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)\\b",
  MONTHNUM: "1[0-2]|0?[1-9]",
  MONTHNUM2: "0[1-9]|1[0-2]",
  MONTHDAY: "3[01]|[12]\\d|0?[1-9]",
  DAY: "\\b(?:Mon(?:day)?|Tue(?:sday)?|Wed(?:nesday)?|Thu(?:rsday)?|Fri(?:day)?|Sat(?:urday)?|Sun(?:day)?)\\b",
  YEAR: "\\d\\d(?:\\d\\d)?",
  HOUR: "2[0-3]|[01]?\\d",
  MINUTE: "[0-5]\\d",
  SECOND: "(?:[0-5]?\\d|60)(?:[:.,]\\d+)?",
  TIME: "(?:%{HOUR}):(?:%{MINUTE})(?::(?:%{SECOND}))?",
  DATE_US: "(?:%{MONTHNUM})[/-](?:%{MONTHDAY})[/-]%{YEAR}",
  DATE_EU: "(?:%{MONTHDAY})[./-](?:%{MONTHNUM})[./-]%{YEAR}",
  DATE: "%{DATE_US}|%{DATE_EU}",
  DATESTAMP: "(?:%{DATE})[- ]%{TIME}",
  ISO8601_TIMEZONE: "Z|[+-](?:%{HOUR})(?::?%{MINUTE})",
  ISO8601_SECOND: "%{SECOND}",
  TIMESTAMP_ISO8601:
    "%{YEAR}-(?:%{MONTHNUM})-(?:%{MONTHDAY})[T ](?:%{HOUR}):?(?:%{MINUTE})(?::?(?:%{SECOND}))?(?:%{ISO8601_TIMEZONE})?",
  TZ: "[A-Z]{3}",
  HTTPDATE: "(?:%{MONTHDAY})/(?:%{MONTH})/%{YEAR}:%{TIME} %{INT}",
  SYSLOGTIMESTAMP: "%{MONTH} +(?:%{MONTHDAY}) %{TIME}",
  // Logs.
  PROG: "[!-Z\\\\^-~]+",
  LOGLEVEL:
    "(?i:trace|debug|notice|info(?:rmation)?|warn(?:ing)?|err(?:or)?|crit(?:ical)?|alert|fatal|severe|emerg(?:ency)?)",
};
