import { z } from "zod";
import type { Clock } from "#src/core/clock.ts";
import { definePlugin, type Plugin } from "#src/core/plugin.ts";
import { Complaint, plainText, scalar } from "#src/core/settings/scalars.ts";
import { makes } from "#src/core/settings/shapes.ts";

interface Options {
  readonly suffix: string;
  readonly expires: Expires;
}

/** Seconds, or nginx' words. */
type Expires = number | "max" | "epoch";

/** About 292 years: the longest time that Higress takes. */
const LONGEST = 9_223_372_036;

const expires = scalar(readExpires, {
  description: `How long an answer may be kept: seconds up to ${LONGEST}, max (until the end of 2037) or epoch (not at all).`,
  anyOf: [
    { type: "integer", minimum: 0, maximum: LONGEST },
    { type: "string", pattern: String.raw`^\d+$|^max$|^epoch$|^\$\{` },
  ],
  examples: [3600, "max"],
});

function readExpires(value: unknown): Expires | Complaint {
  if (value === "max" || value === "epoch") return value;
  const seconds = typeof value === "string" && /^\d{1,10}$/.test(value) ? Number(value) : value;
  if (typeof seconds === "number" && Number.isInteger(seconds) && seconds >= 0 && seconds <= LONGEST) return seconds;
  return new Complaint(`must be seconds between 0 and ${LONGEST}, max or epoch`);
}

/** Headers that tell browsers how long they may keep an answer. */
export const cacheControl: Plugin<Options> = definePlugin({
  name: "cache-control",
  summary: "Tells browsers how long they may keep answers, by the suffix of the path.",
  phase: "AUTHN",
  priority: 420,
  failStrategy: "FAIL_OPEN",
  options: makes<Options>()(
    z.strictObject({
      suffix: plainText("Suffixes of paths without their dot, joined by |: jpg|png. Empty: every path.").default(""),
      expires,
    }),
  ),
  configure(settings, { clock }) {
    const suffixes = settings.suffix === "" ? undefined : settings.suffix.split("|").map((one) => `.${one.trim()}`);
    return {
      hooks: ["requestHeaders", "responseHeaders"],
      open() {
        let hit = false;
        return {
          // What the client has asked for; plugins behind this one may change the path.
          requestHeaders({ request }) {
            hit = suffixes === undefined || suffixes.some((suffix) => request.path.endsWith(suffix));
          },
          responseHeaders({ response }) {
            if (!hit || response === undefined) return;
            const [until, control] = headersFor(settings.expires, clock);
            response.headers.set("expires", until);
            response.headers.set("cache-control", control);
          },
        };
      },
    };
  },
});

function headersFor(expires: Expires, clock: Clock): readonly [expires: string, cacheControl: string] {
  if (expires === "max") return ["Thu, 31 Dec 2037 23:55:55 GMT", "max-age=315360000"];
  if (expires === "epoch") return ["Thu, 01 Jan 1970 00:00:01 GMT", "no-cache"];
  return [new Date(clock.now() + expires * 1000).toUTCString(), `max-age=${expires}`];
}
