import { mapping } from "../../check-values.ts";
import { pemChecks } from "../../pem.ts";
import type { Resource } from "../resource.ts";
import { secretValue } from "../secret.ts";

/** The certificates of authorities in `ca.crt` of a ConfigMap or a Secret; undefined when there are none that can be read. */
export function authoritiesOf(resource: Resource): string | undefined {
  const text = resource.kind === "Secret" ? secretValue(resource, "ca.crt") : mapping(resource.data)["ca.crt"];
  return typeof text === "string" && pemChecks.authorities(text) === undefined ? text : undefined;
}
