import { z } from "zod";
import { compileMapping } from "#src/core/pattern.ts";
import { definePlugin, type Plugin } from "#src/core/plugin.ts";
import { anyText, headerName, text } from "#src/core/settings/scalars.ts";
import { list, makes, table } from "#src/core/settings/shapes.ts";
import { endsWithOne, fitsHeader, MODEL_PATHS, modelBody, modelKey } from "./ai/model-body.ts";

interface Options {
  readonly modelKey: string;
  readonly modelMapping: Readonly<Record<string, string>>;
  readonly modelToHeader: string;
  readonly enableOnPathSuffix: readonly string[];
}

const options = makes<Options>()(
  z.strictObject({
    modelKey: text("Where the model stands in the body, with dots between keys; the field's name in a form.").default(
      "model",
    ),
    modelMapping: table(
      anyText("The name that the provider knows; empty: the client's stays."),
      "Names of models to the provider's: exact ones, `abc*` for those that begin so, `~abc` for a regular expression, `*` for all others, also for requests that name none. The exact name wins, then the longest beginning.",
    ).default({}),
    modelToHeader: headerName("The request header that gets the name the provider is told.").default(
      "x-higress-llm-model-final",
    ),
    enableOnPathSuffix: list(
      text("An ending, or `*` for every path."),
      "Paths that are looked at, by their ending.",
    ).default([...MODEL_PATHS]),
  }),
);

/** Longer names are nobody's: expressions are not run over them. */
const MAX_NAME = 2048;

/** Higress' model-mapper. */
export const modelMapper: Plugin<Options> = definePlugin({
  name: "model-mapper",
  summary: "Gives models other names on their way to the provider.",
  phase: "AUTHN",
  priority: 800,
  failStrategy: "FAIL_OPEN",
  options,
  configure({ modelMapping, modelToHeader, enableOnPathSuffix, modelKey: key }) {
    const place = modelKey(key);
    const map = compileMapping(modelMapping);
    return {
      requestHeaders: ({ request }) => (endsWithOne(request.path, enableOnPathSuffix) ? undefined : "pass-body"),
      requestBody(call, bytes) {
        const body = modelBody(call, bytes, place);
        if (body === undefined || body.model.length > MAX_NAME) return undefined;
        const model = map(body.model) ?? body.model;
        if (fitsHeader(model)) call.request.headers.set(modelToHeader, model);
        return model === body.model ? undefined : body.named(model);
      },
    };
  },
});
