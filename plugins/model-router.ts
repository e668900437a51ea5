import { z } from "zod";
import { compileLinear, type LinearRegex } from "#src/core/linear-regex.ts";
import { type Call, definePlugin, type Plugin } from "#src/core/plugin.ts";
import type { PluginHost } from "#src/core/plugin-host.ts";
import { flag, headerName, text } from "#src/core/settings/scalars.ts";
import { list, makes } from "#src/core/settings/shapes.ts";
import { lastQuestion } from "./ai/last-question.ts";
import { endsWithOne, fitsHeader, MODEL_PATHS, type ModelBody, modelBody, modelKey } from "./ai/model-body.ts";

interface Options {
  readonly modelKey: string;
  readonly addProviderHeader?: string;
  readonly modelToHeader?: string;
  readonly keepOriginalModelName: boolean;
  readonly enableOnPathSuffix: readonly string[];
  readonly autoRouting?: AutoRouting;
}

interface AutoRouting {
  readonly enable: boolean;
  readonly defaultModel?: string;
  readonly rules: readonly { readonly pattern: string; readonly model: string }[];
}

const autoRouting = makes<AutoRouting>()(
  z.strictObject({
    enable: flag("Whether `higress/auto` stands for a model that the rules choose.").default(false),
    defaultModel: text("The model when no rule matches.").exactOptional(),
    rules: list(
      z.strictObject({
        pattern: text("A regular expression (RE2), searched for in the user's last message."),
        model: text("The model when it is found."),
      }),
      "The first that matches counts.",
    ).default([]),
  }),
);

const options = makes<Options>()(
  z.strictObject({
    modelKey: text("Where the model stands in the body, with dots between keys; the field's name in a form.").default(
      "model",
    ),
    addProviderHeader: headerName(
      "The request header that gets what stands before the first `/` of the model's name; the name keeps the rest.",
    ).exactOptional(),
    modelToHeader: headerName("The request header that gets the model's name as the client wrote it.").exactOptional(),
    keepOriginalModelName: flag("Leaves the provider in the body's model name.").default(false),
    enableOnPathSuffix: list(
      text("An ending, or `*` for every path."),
      "Paths that are looked at, by their ending.",
    ).default([...MODEL_PATHS]),
    autoRouting: autoRouting.describe("Chooses the model by what the user asks.").exactOptional(),
  }),
);

/** The name that stands for a model of the rules' choice, and the header that tells their choice. */
const AUTO = "higress/auto";
const AUTO_HEADER = "x-higress-llm-model";

/** Higress' model-router. */
export const modelRouter: Plugin<Options> = definePlugin({
  name: "model-router",
  summary: "Puts the model that a request asks for, or its provider, into headers that routes match by.",
  phase: "AUTHN",
  priority: 900,
  failStrategy: "FAIL_OPEN",
  options,
  async configure(settings, host) {
    const choose = await compileChoice(settings.autoRouting);
    const key = modelKey(settings.modelKey);
    return {
      requestHeaders: ({ request }) =>
        endsWithOne(request.path, settings.enableOnPathSuffix) ? undefined : "pass-body",
      requestBody(call, bytes) {
        const body = modelBody(call, bytes, key);
        if (body === undefined || body.model === "") return undefined;
        const route = new Routing(call, settings, host);
        const chosen = body.model === AUTO ? choose?.(body) : undefined;
        if (body.model === AUTO && choose !== undefined) return route.auto(body, chosen);
        return route.named(body);
      },
    };
  },
});

/** What is done to one request. */
class Routing {
  readonly #call: Call;
  readonly #settings: Options;
  readonly #host: PluginHost;

  constructor(call: Call, settings: Options, host: PluginHost) {
    this.#call = call;
    this.#settings = settings;
    this.#host = host;
  }

  named(body: ModelBody): ReturnType<ModelBody["named"]> | undefined {
    const { modelToHeader, addProviderHeader, keepOriginalModelName } = this.#settings;
    const { model } = body;
    this.#tell(modelToHeader, model);
    const slash = model.indexOf("/");
    if (addProviderHeader === undefined || slash < 0) return undefined;
    this.#tell(addProviderHeader, model.slice(0, slash));
    return keepOriginalModelName ? undefined : body.named(model.slice(slash + 1));
  }

  auto(body: ModelBody, chosen: string | undefined): ReturnType<ModelBody["named"]> | undefined {
    if (chosen === undefined) {
      this.#host.log("warn", "No rule of autoRouting matches, and there is no defaultModel.");
      return undefined;
    }
    this.#tell(AUTO_HEADER, chosen);
    this.#tell(this.#settings.modelToHeader, chosen);
    return body.named(chosen);
  }

  #tell(header: string | undefined, value: string): void {
    if (header === undefined) return;
    if (!fitsHeader(value)) {
      this.#host.log("warn", `The model's name does not fit into the header ${header}.`);
      return;
    }
    this.#call.request.headers.set(header, value);
    this.#call.reroute();
  }
}

type Choice = (body: ModelBody) => string | undefined;

async function compileChoice(settings: AutoRouting | undefined): Promise<Choice | undefined> {
  if (settings?.enable !== true) return undefined;
  const { rules, defaultModel } = settings;
  const compiled = await Promise.all(
    rules.map(async ({ pattern, model }): Promise<readonly [LinearRegex, string]> => [
      await compileLinear(pattern),
      model,
    ]),
  );
  return ({ object }) => {
    const question = object === undefined ? "" : lastQuestion(object);
    const matched = question === "" ? undefined : compiled.find(([regex]) => regex.test(question));
    return matched?.[1] ?? defaultModel;
  };
}
