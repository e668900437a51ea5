import type { Shape } from "../../core/api.ts";
import { Fault } from "../../core/fault.ts";
import type { JsonObject } from "../../core/json.ts";
import type { Loss } from "../../core/protocol.ts";
import type { UpstreamCall } from "../../core/provider.ts";
import { type Conversion, familyConversion } from "../../protocols/families/convert.ts";
import { placeOf } from "./has-api.ts";
import { parseObject, spliceMember } from "../../core/json-splice.ts";
import type { FamilyRequest } from "./family-request.ts";
import type { Target } from "./target.ts";

/** A request as one provider gets it. */
export interface FamilyOutgoing {
  readonly call: UpstreamCall;
  /** Without the client's query. */
  readonly url: string;
  /** Text of a JSON body; undefined when there is none or it is streamed. */
  readonly text: string | undefined;
  readonly losses: readonly Loss[];
  /** How the answer comes back; undefined when both sides have one format. */
  readonly conversion: Conversion | undefined;
}

/** Writes the request for a target. Throws a Fault `api_not_supported` that names the API and the provider when that has it not and does not take just any path. */
export function familyOutgoing(request: FamilyRequest, target: Target): FamilyOutgoing {
  const listed = listedOutgoing(request, target);
  if (listed !== undefined) return listed;
  const url = target.provider.passThrough?.(request.path);
  if (url === undefined) throw unsupported(request, target);
  const { call, protocol, model, stream, body } = request;
  const upstream = { api: call.api, protocol, model: model === undefined ? "" : target.modelFor(model), stream };
  const text = body.kind === "json" ? untouched(request, target, upstream, body.json.text) : undefined;
  return { call: upstream, url, text, losses: [], conversion: undefined };
}

/** The request for a provider that has the API; undefined when it has not. */
function listedOutgoing(request: FamilyRequest, target: Target): FamilyOutgoing | undefined {
  const { provider } = target;
  const { call, protocol, model: asked, stream, body } = request;
  const model = asked === undefined ? "" : target.modelFor(asked);
  const from = call.shape ?? "openai";
  const to = shapeFor(request, target, model, from);
  const convertible = body.kind === "json" && target.converts;
  const conversion = from === to || !convertible ? undefined : familyConversion(call.api, from, to);
  const { action: own, ...place } = placeOf(call);
  const action = conversion === undefined ? own : conversion.action(model);
  const upstream: UpstreamCall = { ...place, protocol, model, stream, ...(action === undefined ? {} : { action }) };
  const url = provider.url(upstream);
  if (url === undefined) return undefined;
  if (from !== to && conversion === undefined) throw inconvertible(request, target, from, to);
  const base = { call: upstream, url, conversion };
  if (body.kind !== "json") return { ...base, text: undefined, losses: [] };
  if (conversion !== undefined) {
    const { body: converted, losses } = conversion.request(body.json.object, model);
    return { ...base, text: JSON.stringify(adjusted(target, upstream, converted)), losses };
  }
  return { ...base, text: untouched(request, target, upstream, body.json.text), losses: [] };
}

/** The format the provider wants. Of one that takes any path nobody knows what is behind it, so it gets the client's unless it says another. */
function shapeFor({ call: { api }, path }: FamilyRequest, { provider }: Target, model: string, from: Shape): Shape {
  if (!CONVERTED.has(api)) return from;
  const own = provider.shape?.(api, model) ?? "openai";
  return own === "openai" && provider.passThrough?.(path) !== undefined ? from : own;
}

/** The families whose requests have a format to convert. Of the others the provider's `url` alone says whether it takes them. */
const CONVERTED: ReadonlySet<FamilyRequest["call"]["api"]> = new Set([
  "embeddings",
  "rerank",
  "image-generation",
  "speech",
]);

function inconvertible(
  { call: { api } }: FamilyRequest,
  { provider: { id, type } }: Target,
  from: Shape,
  to: Shape,
): Fault {
  return new Fault(
    "api_not_supported",
    `The ${api} API of the provider '${id}' (${type}) has another format (${to}), and this request (${from}) cannot be converted to it.`,
  );
}

/** The fault of a provider without the API. */
export function unsupported({ call }: FamilyRequest, { provider }: Target): Fault {
  return new Fault("api_not_supported", `The provider '${provider.id}' (${provider.type}) has no ${call.api} API.`);
}

function untouched({ model, call }: FamilyRequest, target: Target, upstream: UpstreamCall, given: string): string {
  // Where the path names the model, the body need not.
  const renamed = model !== undefined && upstream.model !== model && call.model === undefined;
  const text = renamed ? spliceMember(given, "model", JSON.stringify(upstream.model)) : given;
  if (target.provider.adjust === undefined) return text;
  const body = parseObject(text) ?? {};
  const own = adjusted(target, upstream, body);
  return own === body ? text : JSON.stringify(own);
}

function adjusted({ provider }: Target, call: UpstreamCall, body: JsonObject): JsonObject {
  return provider.adjust?.(body, call) ?? body;
}
