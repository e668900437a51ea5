import { Fault } from "../../core/fault.ts";

/** The inputs as texts; token ids mean something to one vendor's tokenizer alone, so they cannot be converted. */
export function textsOnly(inputs: readonly (string | readonly number[])[]): string[] {
  return inputs.map((input) => {
    if (typeof input === "string") return input;
    throw new Fault("invalid_request", "The provider of this model takes texts, not token ids.", { param: "input" });
  });
}
