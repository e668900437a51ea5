import { describe, expect, test } from "bun:test";
import { MessageError, type Messages, loadMessages } from "#src/control/xds/messages.ts";
import { RESOURCE_KINDS } from "#src/control/xds/resource-types.ts";
import type { Json } from "#src/core/json.ts";

const messages: Messages = await loadMessages();
const ROUTES = "envoy.config.route.v3.RouteConfiguration";

function fault(json: Json, message = ROUTES): MessageError {
  try {
    messages.encode(message, json);
  } catch (error) {
    if (error instanceof MessageError) return error;
    throw error;
  }
  throw new Error("it was taken");
}

describe("the messages", () => {
  test("of every kind of resource are known", () => {
    for (const { message } of RESOURCE_KINDS) expect(messages.describe(message).typeName).toBe(message);
  });

  test("survive the way to bytes and back, what is within an Any included", () => {
    const listener = {
      name: "http",
      address: { socketAddress: { address: "0.0.0.0", portValue: 8080 } },
      filterChains: [
        {
          filters: [
            {
              name: "envoy.filters.network.http_connection_manager",
              typedConfig: {
                "@type":
                  "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
                statPrefix: "http",
                rds: { routeConfigName: "http", configSource: { ads: {}, resourceApiVersion: "V3" } },
                httpFilters: [
                  {
                    name: "envoy.filters.http.router",
                    typedConfig: { "@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router" },
                  },
                ],
                streamIdleTimeout: "300s",
              },
            },
          ],
        },
      ],
      perConnectionBufferLimitBytes: 32768,
    };
    const message = "envoy.config.listener.v3.Listener";
    expect(messages.toJson(message, messages.encode(message, listener))).toEqual(listener);
  });

  test("may be written with proto's names, as in Envoy's documentation", () => {
    const proto = messages.encode(ROUTES, { name: "a", virtual_hosts: [{ name: "b", domains: ["*"] }] });
    const json = messages.encode(ROUTES, { name: "a", virtualHosts: [{ name: "b", domains: ["*"] }] });
    expect(proto).toEqual(json);
  });

  test.each<[string, Json, string]>([
    [
      "an unknown field",
      { name: "a", virtual_hosts: [{}, { routes: [{ route: { clusterr: "x" } }] }] },
      "virtual_hosts[1].routes[0].route.clusterr",
    ],
    ["a wrong type", { virtualHosts: [{ name: 3 }] }, "virtualHosts[0].name"],
    [
      "a wrong duration",
      { virtual_hosts: [{ routes: [{ route: { timeout: "soon" } }] }] },
      "virtual_hosts[0].routes[0].route.timeout",
    ],
    ["a wrong wrapped value", { validateClusters: "yes" }, "validateClusters"],
    ["an enum's unknown value", { virtual_hosts: [{ require_tls: "SOME" }] }, "virtual_hosts[0].require_tls"],
    ["no list where one belongs", { virtual_hosts: { name: "a" } }, "virtual_hosts"],
    [
      "an unknown type in an Any",
      { virtual_hosts: [{ typed_per_filter_config: { a: { "@type": "type.googleapis.com/foo.Bar" } } }] },
      'virtual_hosts[0].typed_per_filter_config["a"].@type',
    ],
    [
      "a field within an Any",
      {
        typed_per_filter_config: {
          cors: {
            "@type": "type.googleapis.com/envoy.extensions.filters.http.cors.v3.CorsPolicy",
            allow_origin_string_match: [{ exact: "a" }, { exakt: "b" }],
          },
        },
      },
      'typed_per_filter_config["cors"].allow_origin_string_match[1].exakt',
    ],
    ["no object", "text", ""],
  ])("names the field for %s", (_, json, field) => {
    expect(fault(json).field).toBe(field);
  });
});
