import { isMapping, mapping } from "../../check-values.ts";
import type { Written } from "../translator.ts";
import type { IngressScope } from "./scope.ts";

/** `rpc-destination-name`: requests become calls as the Http2Rpc of that name says, by the plugin `http-dubbo-transcoder`. */
export function rpcOf({ annotations, lookup, options }: IngressScope): readonly Written[] {
  const name = annotations.text("rpc-destination-name");
  if (name === undefined) return [];
  const object = lookup.get("networking.higress.io/Http2Rpc", options.systemNamespace, name);
  if (object === undefined) {
    annotations.error("rpc-destination-name", `there is no Http2Rpc ${options.systemNamespace}/${name}`);
    return [];
  }
  const { dubbo } = mapping(object["spec"]);
  if (isMapping(dubbo)) return [{ name: "http-dubbo-transcoder", config: dubbo }];
  annotations.error("rpc-destination-name", `the Http2Rpc ${name} says nothing of dubbo`, "grpc is not known here");
  return [];
}
