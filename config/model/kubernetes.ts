import { z } from "zod";
import { anyText, integer, name, text } from "#src/core/settings/scalars.ts";
import { list, makes, table } from "#src/core/settings/shapes.ts";

/** How Kubernetes objects are read: from files with `--resources`, from an API server with `--kube`. */
export interface KubernetesSettings {
  /** Ingresses of this class are taken; `nginx` takes those without a class as well; empty: all are. */
  readonly ingressClass: string;
  /** GatewayClasses of this controller are taken. */
  readonly controllerName: string;
  /** Where WasmPlugins, the McpBridge, Http2Rpcs and Higress' ConfigMaps are. */
  readonly systemNamespace: string;
  /** The only namespace that is looked at; left out: all. */
  readonly watchNamespace?: string;
  /** What the status of Ingresses and Gateways tells as the gateway's addresses. */
  readonly addresses: readonly string[];
  /** Which listener's port stands for a port of a Gateway. */
  readonly ports: Readonly<Record<string, number>>;
}

const port = integer("A listener's port.", 1, 65_535);

/** `kubernetes`. */
export const kubernetes: z.ZodType<KubernetesSettings> = makes<KubernetesSettings>()(
  z.strictObject({
    ingressClass: anyText("The class of Ingresses that are taken; empty: all are.").prefault("higress"),
    controllerName: text("The controller of GatewayClasses that are taken.").prefault("higress.io/gateway-controller"),
    systemNamespace: name("Where WasmPlugins, the McpBridge and Higress' ConfigMaps are.").prefault("higress-system"),
    watchNamespace: name("The only namespace that is looked at.").exactOptional(),
    addresses: list(text("An address or a host name."), "What statuses tell as the gateway's addresses.").prefault([]),
    ports: table(port, "Which listener's port stands for a port of a Gateway: { 80: 8080 }.").prefault({}),
  }),
);
