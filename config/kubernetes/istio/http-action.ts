import { Buffer } from "node:buffer";
import { type Mapping, mapping } from "../../check-values.ts";
import type { Path } from "../../report.ts";
import { mappingAt, mappingsAt, numberAt, textAt } from "../gateway-api/fields.ts";
import type { Written } from "../translator.ts";
import { type Destination, destinationOf } from "./destination.ts";
import type { HttpMatch } from "./http-match.ts";
import { headersOf, patienceOf, rewriteOf } from "./http-policy.ts";
import type { IstioScope } from "./scope.ts";

/** What an HTTP route does, and the services that it needs for that. */
export interface HttpAction {
  /** One of `http`, `redirect` and `response`, for a request that came by one of the matches. */
  readonly actionFor: (match: HttpMatch) => Written;
  readonly services: readonly Written[];
}

/** Reads what an HTTP route of a VirtualService does; undefined where it is nothing that is known. */
export function httpActionOf(route: Mapping, at: Path, scope: IstioScope): HttpAction | undefined {
  const fixed = redirectOf(route) ?? responseOf(route) ?? abortOf(route, at, scope);
  if (fixed !== undefined) return { actionFor: () => fixed, services: [] };
  if (route["delegate"] !== undefined) {
    scope.error([...at, "delegate"], "is not known", "write the delegate's routes into this VirtualService");
    return undefined;
  }
  const destinations = mappingsAt(route, "route").map((one, index) => weighted(one, [...at, "route", index], scope));
  if (destinations.length === 0) {
    scope.error(at, "does nothing", "it needs route, redirect or directResponse");
    return undefined;
  }
  const mirrors = mirrorsOf(route, at, scope);
  const services = [...destinations, ...mirrors].flatMap(({ destination: { service } }) =>
    service === undefined ? [] : [service],
  );
  const http = {
    services: destinations.map(({ destination, share }) => Object.assign({ name: destination.name }, share)),
    ...patienceOf(route, at, scope),
    ...headersOf(route),
    ...(mirrors.length === 0
      ? {}
      : { mirror: mirrors.map(({ destination, percent }) => ({ service: destination.name, percent })) }),
  };
  return { actionFor: (match) => ({ http: { ...http, ...rewriteOf(route, match) } }), services };
}

interface Weighted {
  readonly destination: Destination;
  readonly share: Written;
}

/** The only destination needs no weight. */
function weighted(written: Mapping, at: Path, scope: IstioScope): Weighted {
  const destination = destinationOf(written["destination"], [...at, "destination"], scope);
  const weight = numberAt(written, "weight");
  return { destination, share: { ...(weight === undefined ? {} : { weight }), ...headersOf(written) } };
}

interface Mirrored {
  readonly destination: Destination;
  readonly percent: number;
}

function mirrorsOf(route: Mapping, at: Path, scope: IstioScope): readonly Mirrored[] {
  const one = mappingAt(route, "mirror");
  const share = numberAt(mappingAt(route, "mirrorPercentage"), "value") ?? numberAt(route, "mirrorPercent") ?? 100;
  const single =
    one === undefined ? [] : [{ destination: destinationOf(one, [...at, "mirror"], scope), percent: share }];
  const several = mappingsAt(route, "mirrors").map((mirror, index) => ({
    destination: destinationOf(mirror["destination"], [...at, "mirrors", index, "destination"], scope),
    percent: numberAt(mappingAt(mirror, "percentage"), "value") ?? 100,
  }));
  return [...single, ...several];
}

function redirectOf(route: Mapping): Written | undefined {
  const redirect = mappingAt(route, "redirect");
  if (redirect === undefined) return undefined;
  const [path, host, scheme] = ["uri", "authority", "scheme"].map((key) => textAt(redirect, key));
  const port = numberAt(redirect, "port");
  return {
    redirect: {
      ...(path === undefined ? {} : { path: { full: path } }),
      ...(host === undefined ? {} : { host }),
      ...(scheme === undefined ? {} : { scheme }),
      ...(port === undefined ? {} : { port }),
      status: numberAt(redirect, "redirectCode") ?? 301,
    },
  };
}

function responseOf(route: Mapping): Written | undefined {
  const response = mappingAt(route, "directResponse");
  if (response === undefined) return undefined;
  const { string: text, bytes } = mapping(response["body"]);
  const body = typeof text === "string" ? text : decoded(bytes);
  const { set = {} } = mapping(mapping(mapping(route["headers"])["response"]));
  return {
    response: { status: numberAt(response, "status"), headers: mapping(set), ...(body === undefined ? {} : { body }) },
  };
}

function decoded(bytes: unknown): string | undefined {
  return typeof bytes === "string" ? Buffer.from(bytes, "base64").toString("utf8") : undefined;
}

/** A fault that hits every request is an answer; others are not known. */
function abortOf(route: Mapping, at: Path, scope: IstioScope): Written | undefined {
  const fault = mappingAt(route, "fault");
  if (fault === undefined) return undefined;
  const abort = mappingAt(fault, "abort");
  const status = numberAt(abort, "httpStatus");
  const share = numberAt(mappingAt(abort, "percentage"), "value");
  if (fault["delay"] === undefined && status !== undefined && share === 100) return { response: { status } };
  scope.warn([...at, "fault"], "is not known: no request is delayed or refused", "test failures behind the gateway");
  return undefined;
}
