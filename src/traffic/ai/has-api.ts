import type { FamilyRequest } from "./family-request.ts";
import type { Target } from "./target.ts";

/** Whether a provider has the API a request is for, or takes just any path. */
export function hasApi({ provider }: Target, { call, protocol, path, stream }: FamilyRequest): boolean {
  const { api, rest, action } = call;
  const upstream = {
    api,
    protocol,
    model: "",
    stream,
    ...(rest === undefined ? {} : { rest }),
    ...(action === undefined ? {} : { action }),
  };
  return provider.url(upstream) !== undefined || provider.passThrough?.(path) !== undefined;
}
