import { z } from "zod";
import { anyText, checkedText, Complaint, duration, headerName, text } from "#src/core/settings/scalars.ts";
import { list, makes, someOf, word } from "#src/core/settings/shapes.ts";
import { pathTemplate } from "./path-template.ts";

/** Where a parameter is taken from. */
export type ParamSource = "QUERY" | "HEADER" | "PATH" | "BODY";

/** One parameter of a method. */
export interface Param {
  readonly paramSource: ParamSource;
  readonly paramKey?: string;
  /** A Java type: `java.lang.String`, `int`, a class of the service's. */
  readonly paramType: string;
}

/** One method of the service, and the requests that become calls of it. */
export interface Method {
  readonly serviceMethod: string;
  readonly httpPath: string;
  readonly httpMethods: readonly string[];
  readonly headersAttach: string;
  readonly params: readonly Param[];
  readonly paramFromEntireBody?: { readonly paramType: string };
}

/** The options of http-dubbo-transcoder: `spec.dubbo` of Higress' Http2Rpc, and how the service is spoken to. */
export interface DubboOptions {
  readonly service: string;
  readonly version: string;
  readonly group: string;
  readonly methods: readonly Method[];
  readonly protocol: "auto" | "dubbo" | "triple";
  /** Milliseconds. */
  readonly timeout: number;
}

const javaType = text("The Java type: java.lang.String, int, com.example.Order.");

const param = makes<Param>()(
  z
    .strictObject({
      paramSource: word(["QUERY", "HEADER", "PATH", "BODY"], "Where it is taken from.").default("QUERY"),
      paramKey: text(
        "Its name there. With BODY a member of the JSON body, the whole body when left out; with PATH a placeholder, the next one when there is none of that name.",
      ).exactOptional(),
      paramType: javaType,
    })
    .superRefine(({ paramSource, paramKey }, context) => {
      if (paramKey !== undefined || paramSource === "BODY" || paramSource === "PATH") return;
      context.addIssue({ code: "custom", message: `is needed with ${paramSource}`, path: ["paramKey"] });
    }),
);

const httpPath = checkedText(
  {
    description:
      "The path. {name} stands for a segment, {name=**} at the end for all further ones; * and ** for such without a name.",
  },
  (value) => {
    try {
      pathTemplate(value);
      return value;
    } catch (error) {
      return new Complaint(error instanceof Error ? error.message : String(error));
    }
  },
);

const httpMethod = headerName("GET, POST, PUT, DELETE, PATCH, HEAD or OPTIONS.");

const method = makes<Method>()(
  z
    .strictObject({
      serviceMethod: text("The method of the service."),
      httpPath,
      httpMethods: someOf(httpMethod, "The HTTP methods that are taken."),
      headersAttach: anyText("Headers that become attachments: their names with commas, or * for all.").default(""),
      params: list(param, "The method's parameters, in their order.").default([]),
      paramFromEntireBody: z
        .strictObject({ paramType: javaType })
        .describe("The only parameter is the whole body; then params count for nothing.")
        .exactOptional(),
    })
    .superRefine((one, context) => {
      const taken = one.params.filter(({ paramSource }) => paramSource === "PATH").length;
      if (taken <= placeholders(one.httpPath)) return;
      context.addIssue({
        code: "custom",
        message: "has fewer placeholders than parameters of PATH",
        path: ["httpPath"],
      });
    }),
);

/** A path that cannot be read is told of at its own place. */
function placeholders(path: string): number {
  try {
    return pathTemplate(path).names.length;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}

export const dubboOptions: z.ZodType<DubboOptions> = makes<DubboOptions>()(
  z.strictObject({
    service: text("The service's interface: com.example.DemoService."),
    version: anyText("The service's version.").default(""),
    group: anyText("The service's group.").default(""),
    methods: someOf(method, "What is called for which requests."),
    protocol: word(
      ["auto", "dubbo", "triple"],
      "How endpoints are spoken to: the Dubbo protocol with Hessian 2, or Triple; auto: Triple where a registry says that the endpoint's protocol is tri, else Dubbo.",
    ).default("auto"),
    timeout: duration("The longest wait for an answer.", 1).prefault("5s"),
  }),
);
