import { z } from "zod";
import { type Bytes, type Call, definePlugin, type Filter, LocalReply, type Plugin } from "#src/core/plugin.ts";
import type { PluginHost } from "#src/core/plugin-host.ts";

/** The guest of tests/contracts/plugin.ts in TypeScript. */
interface Options {
  readonly mode: string;
  readonly key: string;
  readonly consumer: string;
  readonly upstream: string;
}

const options: z.ZodType<Options> = z.object({
  mode: z.string(),
  key: z.string().default(""),
  consumer: z.string().default(""),
  upstream: z.string().default(""),
});

const MODES: Readonly<Record<string, (options: Options, host: PluginHost) => Filter>> = {
  "key-auth": ({ key, consumer }) => ({
    requestHeaders(call) {
      const given = call.request.headers.get("x-api-key");
      if (given === null) return LocalReply.refuse(401, "No API key found.");
      if (given !== key) return LocalReply.refuse(401, "Unknown API key.");
      call.consumer = consumer;
      call.request.headers.set("x-mse-consumer", consumer);
      return undefined;
    },
  }),
  headers: () => ({
    requestHeaders({ request: { headers } }) {
      headers.set("x-added", "1");
      headers.append("x-many", "b");
      headers.delete("x-removed");
    },
    responseHeaders({ response }) {
      response?.headers.set("x-seen", String(response.status));
      response?.headers.delete("x-gone");
    },
  }),
  body: () => ({
    requestBody: (_, body) => body.map((byte) => (byte >= 97 && byte <= 122 ? byte - 32 : byte)),
    responseBody: (_, body): Bytes => new Uint8Array([60, ...body, 62]),
  }),
  events: () => ({
    chatEvent: (_, event) =>
      event.type === "text" ? [{ ...event, text: event.text.replaceAll("secret", "******") }] : undefined,
  }),
  callout: ({ upstream }, host) => ({
    async requestHeaders({ request, signal }: Call) {
      const user = request.headers.get("x-user") ?? "";
      const asked = { upstream, method: "GET", path: "/check", headers: [["x-user", user]] as const, timeout: 10_000 };
      const { status, body } = await host.callout(asked, signal);
      if (status !== 200) return LocalReply.refuse(403, "Not allowed.");
      request.headers.set("x-checked", new TextDecoder().decode(body));
      return undefined;
    },
  }),
  early: () => ({
    requestHeaders: () => LocalReply.respond(418, "short and stout", { headers: [["x-early", "yes"]] }),
  }),
};

const contract: Plugin<Options> = definePlugin({
  name: "contract",
  summary: "What every plugin can do.",
  phase: "UNSPECIFIED_PHASE",
  priority: 0,
  failStrategy: "FAIL_CLOSE",
  options,
  configure(given, host) {
    const made = MODES[given.mode];
    if (made === undefined) throw new Error(`there is no mode '${given.mode}'`);
    return made(given, host);
  },
});
export default contract;
