import { z } from "zod";
import { checkValue } from "../../issues.ts";
import { formatPath } from "../../report.ts";
import type { Finding, Translator } from "../translator.ts";

/** `Http2Rpc` of networking.higress.io (api/networking/v1/http_2_rpc.proto). Ingresses look it up; here it is only told what is wrong in it. */

const SOURCES = ["QUERY", "HEADER", "PATH", "BODY"] as const;
const METHODS = ["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"] as const;

const param = z.looseObject({
  paramSource: z.enum(SOURCES).exactOptional(),
  paramKey: z.string().min(1),
  paramType: z.string().min(1),
});

const method = z.looseObject({
  serviceMethod: z.string().min(1),
  httpPath: z.string().startsWith("/", { error: "must begin with /" }),
  httpMethods: z.array(z.enum(METHODS)).min(1),
  headersAttach: z.string().exactOptional(),
  params: z.array(param).exactOptional(),
  paramFromEntireBody: z.looseObject({ paramType: z.string().min(1) }).exactOptional(),
});

const dubbo = z.looseObject({
  service: z.string().min(1),
  version: z.string().exactOptional(),
  group: z.string().exactOptional(),
  methods: z.array(method).min(1),
});

const spec = z.looseObject({ dubbo: dubbo.exactOptional(), grpc: z.unknown().optional() });

export const http2RpcTranslator: Translator = {
  kind: "networking.higress.io/Http2Rpc",
  translate(resource, _lookup, { systemNamespace }) {
    if (resource.metadata.namespace !== systemNamespace) {
      const message = `is not read: only those of ${systemNamespace} are`;
      return { findings: [{ field: "metadata.namespace", message, severity: "warning" }] };
    }
    const outcome = checkValue(spec, resource.spec ?? {});
    if ("problems" in outcome) {
      return {
        findings: outcome.problems.map(({ path, message, hint }): Finding => ({
          field: formatPath(["spec", ...path]),
          message,
          severity: "error",
          ...(hint === undefined ? {} : { hint }),
        })),
      };
    }
    if (outcome.data.dubbo !== undefined) return { findings: [] };
    const message =
      outcome.data.grpc === undefined ? "needs dubbo" : "grpc is not there, as in Higress: it needs dubbo";
    return { findings: [{ field: "spec", message, severity: "error" }] };
  },
};
