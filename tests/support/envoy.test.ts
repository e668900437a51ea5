import { describe, expect, test } from "bun:test";
import { envoyMissing, startEnvoy, validateBootstrap } from "./envoy.ts";

if (envoyMissing !== undefined) console.log(envoyMissing);

const bootstrap = {
  staticResources: {
    listeners: [
      {
        name: "hello",
        address: { socketAddress: { address: "127.0.0.1", portValue: 0 } },
        filterChains: [
          {
            filters: [
              {
                name: "hello",
                typedConfig: {
                  "@type":
                    "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
                  statPrefix: "hello",
                  routeConfig: {
                    virtualHosts: [
                      {
                        name: "all",
                        domains: ["*"],
                        routes: [
                          {
                            match: { prefix: "/" },
                            directResponse: { status: 200, body: { inlineString: "hello" } },
                          },
                        ],
                      },
                    ],
                  },
                  httpFilters: [
                    {
                      name: "router",
                      typedConfig: { "@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router" },
                    },
                  ],
                },
              },
            ],
          },
        ],
      },
    ],
  },
};

describe.skipIf(envoyMissing !== undefined)("an Envoy of the tests", () => {
  test("serves what its bootstrap says", async () => {
    await using envoy = await startEnvoy(bootstrap);
    const port = await envoy.listenerPort("hello");
    expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe("hello");
    expect(await envoy.stat("http.hello.downstream_rq_2xx")).toBe(1);
  });

  test("says why it does not start", async () => {
    const wrong = { staticResources: { listeners: [{ name: "a" }] } };
    const reason = await startEnvoy(wrong).catch(String);
    expect(reason).toContain("Envoy ended with 1");
    expect(reason).toContain("address is necessary");
    expect(await validateBootstrap(JSON.stringify(wrong), "json")).toContain("address is necessary");
    expect(await validateBootstrap(JSON.stringify(bootstrap), "json")).toBeUndefined();
  });
});
