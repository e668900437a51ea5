import { isMapping, mapping } from "../../check-values.ts";
import type { Written } from "../translator.ts";
import type { IngressScope } from "./scope.ts";

/** The longest wait for an answer where `timeout` says none, in seconds: Higress has no limit of its own. */
const PATIENCE = 60;

/** Protocols of a service that are HTTP/2, as Triple is. */
const TRIPLE: ReadonlySet<string> = new Set(["HTTP2", "GRPC"]);

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
  if (!isMapping(dubbo)) {
    annotations.error("rpc-destination-name", `the Http2Rpc ${name} says nothing of dubbo`, "grpc is not known here");
    return [];
  }
  const seconds = annotations.integer("timeout", 0, 2_000_000) || PATIENCE;
  const triple = TRIPLE.has(annotations.text("backend-protocol")?.toUpperCase() ?? "");
  const config = { ...(triple ? { protocol: "triple" } : {}), timeout: `${seconds}s`, ...dubbo };
  // The plugin itself has to say that there was no answer in time.
  return [{ name: "http-dubbo-transcoder", timeout: `${seconds + 1}s`, config }];
}
