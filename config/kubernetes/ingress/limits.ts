import { parseAddress } from "#src/core/network/address.ts";
import type { Written } from "../translator.ts";
import type { IngressScope } from "./scope.ts";

/** `whitelist-source-range`, by the plugin `ip-restriction`. Undefined when no block in it is good: then nobody is let in. */
export function sourceRangeOf({ annotations }: IngressScope): readonly Written[] | undefined {
  if (!annotations.has("whitelist-source-range")) return [];
  const blocks = annotations.words("whitelist-source-range");
  if (blocks.includes("*")) return [];
  const allow = blocks.filter((block) => {
    if (isBlock(block)) return true;
    annotations.error(
      "whitelist-source-range",
      `${block} is neither an address nor a block of them`,
      "as in 10.0.0.0/8",
    );
    return false;
  });
  return allow.length === 0 ? undefined : [{ name: "ip-restriction", config: { allow } }];
}

function isBlock(text: string): boolean {
  const [address = "", length, ...more] = text.split("/");
  const parsed = parseAddress(address);
  if (parsed === undefined || more.length > 0) return false;
  return length === undefined || (/^\d{1,3}$/.test(length) && Number(length) <= parsed.bits);
}

/** `route-limit-rpm`, `route-limit-rps`: a bucket in each replica, by the plugin `local-rate-limit`. A rate by the minute wins. */
export function rateLimitOf({ annotations }: IngressScope): readonly Written[] {
  const byMinute = annotations.has("route-limit-rpm");
  const rate = annotations.integer(byMinute ? "route-limit-rpm" : "route-limit-rps", 1, 1_000_000_000);
  const burst = annotations.integer("route-limit-burst-multiplier", 1, 1_000_000);
  if (rate === undefined) return [];
  const config = {
    [byMinute ? "requests_per_minute" : "requests_per_second"]: rate,
    ...(burst === undefined ? {} : { burst_multiplier: burst }),
  };
  return [{ name: "local-rate-limit", config }];
}
