import { expect, test } from "bun:test";
import { protocolAt } from "#plugins/dubbo/endpoint-protocol.ts";

const ENDPOINTS = '[{"port":20880,"protocol":"dubbo"},{"port":50051,"protocol":"tri"}]';

test.each([
  [{}, "dubbo"],
  [{ protocol: "dubbo" }, "dubbo"],
  [{ protocol: "tri" }, "triple"],
  [{ "dubbo.endpoints": ENDPOINTS }, "triple"],
  [{ "dubbo.endpoints": ENDPOINTS.replace("50051", "50052") }, "dubbo"],
  [{ "dubbo.endpoints": "[null]" }, "dubbo"],
  [{ "dubbo.endpoints": "{" }, "dubbo"],
] as const)("an endpoint with %j speaks %s", (metadata, protocol) => {
  expect(protocolAt({ address: "10.0.0.1:50051", healthy: true, metadata })).toBe(protocol);
});
