import type { UpstreamCall } from "../../core/provider.ts";
import type { ApiCall } from "../../protocols/api-paths.ts";
import type { FamilyRequest } from "./family-request.ts";
import type { Target } from "./target.ts";

/** What of a call says where it goes, whoever is asked. */
export function placeOf({
  api,
  rest,
  action,
  upload,
}: ApiCall): Pick<UpstreamCall, "api" | "rest" | "action" | "upload"> {
  return {
    api,
    ...(rest === undefined ? {} : { rest }),
    ...(action === undefined ? {} : { action }),
    ...(upload === undefined ? {} : { upload }),
  };
}

/** Whether a provider has the API a request is for, or takes just any path. */
export function hasApi({ provider }: Target, { call, protocol, path, stream }: FamilyRequest): boolean {
  return (
    provider.url({ ...placeOf(call), protocol, model: "", stream }) !== undefined ||
    provider.passThrough?.(path) !== undefined
  );
}
