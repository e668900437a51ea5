import type { Written } from "../translator.ts";
import type { IngressScope } from "./scope.ts";

/** ingress-nginx' and Higress' status for "ask over TLS". */
const TO_TLS = 308;

/** `temporal-redirect`, `permanent-redirect`: the route's action in place of its services; the former wins. */
export function redirectOf({ annotations }: IngressScope): Written | undefined {
  const temporal = urlOf(annotations.text("temporal-redirect"));
  if (temporal === undefined && annotations.has("temporal-redirect")) notUrl("temporal-redirect");
  if (temporal !== undefined) return { ...temporal, status: 302 };
  const permanent = urlOf(annotations.text("permanent-redirect"));
  if (permanent === undefined && annotations.has("permanent-redirect")) notUrl("permanent-redirect");
  const status = annotations.integer("permanent-redirect-code", 300, 308) ?? 301;
  return permanent === undefined ? undefined : { ...permanent, status };

  function notUrl(name: "temporal-redirect" | "permanent-redirect"): void {
    annotations.error(name, "is not an http or https URL", "as in https://www.example.com/new");
  }
}

/** A URL as it is, or one that ends with ingress-nginx' variable for what was asked for. */
function urlOf(text: string | undefined): Written | undefined {
  const [, scheme, host, port] = /^(https?):\/\/([\w.-]+)(?::(\d+))?\$request_uri$/.exec(text ?? "") ?? [];
  if (scheme !== undefined) return { scheme, host, ...(port === undefined ? {} : { port: Number(port) }) };
  const good = text !== undefined && /^https?:\/\/[^/]/i.test(text) && URL.canParse(text) && !/[$#@\s]/.test(text);
  return good ? { url: text } : undefined;
}

/** `ssl-redirect`, `force-ssl-redirect`: what the listener without TLS answers. */
export function tlsRedirectOf({ annotations, options }: IngressScope): Written | undefined {
  const name = (["ssl-redirect", "force-ssl-redirect"] as const).find((one) => annotations.flag(one));
  if (name === undefined) return undefined;
  if (options.httpsListener === undefined) {
    annotations.warning(name, "there is no listener with TLS here", "something in front of the gateway must have one");
  }
  return { scheme: "https", status: TO_TLS };
}

/** `app-root`: where the bare host leads. */
export function appRootOf({ annotations }: IngressScope): Written | undefined {
  const root = annotations.text("app-root");
  if (root === undefined) return undefined;
  if (root.startsWith("/") && root !== "/" && !/[?#\s]/.test(root)) return { path: { full: root }, status: 302 };
  annotations.error("app-root", "must be a path below /", "as in /app");
  return undefined;
}
