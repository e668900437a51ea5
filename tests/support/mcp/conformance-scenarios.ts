import { isObject, type JsonObject } from "#src/core/json.ts";
import { answersTo, type ConformanceUser, filled } from "./conformance-user.ts";

/** What a client does in a scenario. */
type Scenario = (user: ConformanceUser, context: JsonObject) => Promise<void>;

/** Uses all that the server offers, once. */
const useAll: Scenario = async (user, context) => {
  await user.describe();
  const tools = await user.list("tools/list", "tools");
  for (const call of callsFor(tools, context)) await user.request("tools/call", call);
  for (const { uri } of await user.list("resources/list", "resources")) {
    if (uri !== undefined) await user.request("resources/read", { uri });
  }
  for (const { name } of await user.list("prompts/list", "prompts")) {
    if (name !== undefined) await user.request("prompts/get", { name });
  }
};

const onlyInitialize: Scenario = async (user) => {
  await user.describe();
  await user.list("tools/list", "tools");
};

const SCENARIOS: Readonly<Record<string, Scenario>> = {
  initialize: onlyInitialize,

  /** Its server asks on the client's standing stream. */
  async "elicitation-sep1034-client-defaults"(user, context) {
    const close = await user.listen();
    await useAll(user, context);
    close();
  },

  "json-schema-ref-no-deref": onlyInitialize,

  /** Another tool is called while the first one waits for its answers. */
  async "sep-2322-client-request-state"(user) {
    await user.describe();
    const tools = await user.list("tools/list", "tools");
    const echo = { name: "test_mrtr_echo_state", arguments: {} };
    const asked = await user.once({ method: "tools/call", params: echo });
    await user.request("tools/call", { name: "test_mrtr_unrelated", arguments: {} });
    await user.once({ method: "tools/call", params: { ...echo, ...answersTo(asked) } });
    for (const { name } of tools) {
      if (name !== echo.name && name !== undefined) await user.request("tools/call", { name, arguments: {} });
    }
  },

  /** What the client got as a schema goes back as an argument. */
  async "json-schema-2020-12-preservation"(user) {
    await user.describe();
    const tools = await user.list("tools/list", "tools");
    const focal = tools.find(({ name }) => name === "json_schema_2020_12_tool");
    const echo = tools.find(({ name }) => name !== "json_schema_2020_12_tool");
    await user.request("tools/call", {
      name: echo?.name ?? "",
      arguments: { schema: focal?.inputSchema ?? null },
    });
  },
};

export function scenarioOf(name: string): Scenario {
  return SCENARIOS[name] ?? useAll;
}

/** The calls that the suite wants, else one of each tool. */
function callsFor(tools: readonly JsonObject[], { toolCalls }: JsonObject): JsonObject[] {
  if (Array.isArray(toolCalls)) return toolCalls.filter(isObject);
  return tools.map(({ name, inputSchema }) => ({ name: name ?? "", arguments: filled(inputSchema) }));
}
