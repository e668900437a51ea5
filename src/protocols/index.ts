import type { Codec } from "../core/codec.ts";
import type { ProtocolName } from "../core/protocol.ts";
import { anthropicMessages } from "./anthropic-messages/index.ts";
import { openaiChat } from "./openai-chat/index.ts";

const CODECS: ReadonlyMap<ProtocolName, Codec> = new Map(
  [openaiChat, anthropicMessages].map((codec) => [codec.protocol, codec]),
);

/** The codec of a protocol. Throws for one that has none, which only a provider's wrong declaration can ask for. */
export function codecFor(protocol: ProtocolName): Codec {
  const codec = CODECS.get(protocol);
  if (codec === undefined) throw new Error(`There is no codec for ${protocol}.`);
  return codec;
}
