import { describe, expect, test } from "bun:test";
import { RedisCommands } from "#src/store/redis-commands.ts";
import { pluginStage, type PluginStage, type PluginStageOptions } from "#tests/support/plugin-stage.ts";
import { higressPlugin, higressPluginsMissing } from "#tests/support/proxy-wasm/higress.ts";
import { wasmPlugin } from "#tests/support/proxy-wasm/wasm-plugin.ts";
import { redisMissing, startRedis } from "#tests/support/redis.ts";

/** Compiling six megabytes takes its time on a busy machine. */
const PATIENCE = 60_000;

/** A gateway with one of Higress' plugins, as it was published. */
async function stage(
  name: string,
  config: object,
  options: Omit<PluginStageOptions, "plugins" | "extra"> = {},
): Promise<PluginStage> {
  const plugin = await wasmPlugin("guest", await higressPlugin(name));
  return pluginStage({ ...options, extra: [plugin], plugins: [{ name: "guest", config }] });
}

function chat(content: string, stream = false): RequestInit {
  const options = stream ? { stream, stream_options: { include_usage: true } } : {};
  const body = { model: "gpt-3", ...options, messages: [{ role: "user", content }] };
  return { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
}

const WEB_ONLY: PluginStageOptions["config"] = () => ({
  routes: [{ name: "web", match: { path: { prefix: "/" } }, http: { services: [{ name: "backend" }] } }],
});

describe.skipIf(higressPluginsMissing !== undefined)("Higress' published plugins", () => {
  test(
    "transformer changes headers, queries and bodies both ways",
    async () => {
      await using web = await stage(
        "transformer",
        {
          reqRules: [
            { operate: "remove", headers: [{ key: "X-remove" }], querys: [{ key: "k1" }], body: [{ key: "a1" }] },
            { operate: "rename", headers: [{ oldKey: "X-not-renamed", newKey: "X-renamed" }] },
            {
              operate: "add",
              headers: [{ key: "X-add", value: "v" }],
              querys: [{ key: "k2", value: "v2" }],
              body: [{ key: "b.c", value: "10", value_type: "number" }],
            },
          ],
          respRules: [
            { operate: "add", headers: [{ key: "X-resp", value: "r" }], body: [{ key: "added", value: "yes" }] },
          ],
        },
        { backend: () => Response.json({ ok: true }) },
      );
      const headers = { "content-type": "application/json", "x-remove": "1", "x-not-renamed": "n" };
      const answer = await web.fetch("/things?k1=v1&k3=v3", { method: "POST", body: '{"a1":1,"a2":2}', headers });
      const [asked] = web.asked;
      expect(await answer.json()).toEqual({ ok: true, added: "yes" });
      expect(answer.headers.get("x-resp")).toBe("r");
      expect(new URL(asked?.url ?? "").search).toBe("?k2=v2&k3=v3");
      expect(asked?.headers.get("x-remove")).toBeNull();
      expect([asked?.headers.get("x-renamed"), asked?.headers.get("x-add")]).toEqual(["n", "v"]);
      expect(await asked?.json()).toEqual({ a2: 2, b: { c: 10 } });
    },
    PATIENCE,
  );

  test(
    "ai-data-masking refuses words, masks what is said, and puts it back",
    async () => {
      await using web = await stage("ai-data-masking", {
        deny_words: ["forbidden"],
        deny_openai: true,
        deny_message: "that is not said",
        system_deny: false,
        replace_roles: [
          { regex: "%{EMAILLOCALPART}@%{HOSTNAME:domain}", type: "replace", restore: true, value: "****@$domain" },
        ],
      });
      const refused = await (await web.fetch("/v1/chat/completions", chat("the forbidden word"))).text();
      expect(refused).toContain("that is not said");
      expect(web.ai.requests).toHaveLength(0);
      web.ai.reply({ answer: { parts: [{ type: "text", text: "I have written to ****@example.com." }] } });
      const answered = await (await web.fetch("/v1/chat/completions", chat("write to ann@example.com"))).text();
      expect(JSON.stringify(web.ai.requests.at(-1)?.json)).toContain("write to ****@example.com");
      expect(answered).toContain("I have written to ann@example.com.");
    },
    PATIENCE,
  );

  test(
    "ai-proxy asks another host for another model with a key of its own",
    async () => {
      await using web = await stage(
        "gpustack-ai-proxy",
        { provider: { type: "openai", apiTokens: ["sk-one"], modelMapping: { "gpt-3": "gpt-4o" } } },
        { config: WEB_ONLY, backend: () => Response.json({ choices: [] }) },
      );
      const answer = await web.fetch("/v1/chat/completions", chat("hi"));
      const [asked] = web.asked;
      expect(answer.status).toBe(200);
      expect(asked?.headers.get("host")).toBe("api.openai.com");
      expect(asked?.headers.get("authorization")).toBe("Bearer sk-one");
      expect(await asked?.json()).toMatchObject({ model: "gpt-4o", messages: [{ role: "user", content: "hi" }] });
    },
    PATIENCE,
  );

  test(
    "ai-statistics reads a stream as it passes, and notes its usage",
    async () => {
      await using web = await stage("ai-statistics", { attributes: [] });
      const answer = await web.fetch("/v1/chat/completions", chat("hi", true));
      expect(await answer.text()).toContain("[DONE]");
      const noted = (web.records[0]?.notes?.["ai_log"] ?? "").replaceAll('\\"', '"');
      expect(JSON.parse(noted)).toMatchObject({ input_token: 11, output_token: 7, response_type: "stream" });
    },
    PATIENCE,
  );

  test.skipIf(redisMissing !== undefined)(
    "a rate limit counts in Redis by a script of its own",
    async () => {
      await using redis = await startRedis();
      await using web = await stage(
        "gpustack-rate-limit",
        {
          rule_name: "r",
          rejected_code: 429,
          rejected_msg: "slow down",
          redis: { service_name: "redis.static", service_port: 6379 },
          enable_on_path_prefix: ["/"],
          limit_combinations: [{ name: "all", is_fallback: true, query_limits: { per_minute: 2 } }],
        },
        {
          config: ({ http }) => ({
            services: [
              { name: "backend", endpoints: [http] },
              { name: "redis", endpoints: [`127.0.0.1:${redis.port}`] },
            ],
          }),
          gateway: { openRedis: (server) => new RedisCommands(server) },
        },
      );
      const statuses: number[] = [];
      for (let ask = 0; ask < 3; ask++) statuses.push((await web.fetch("/things", chat("hi"))).status);
      expect(statuses).toEqual([200, 200, 429]);
    },
    PATIENCE,
  );
});
