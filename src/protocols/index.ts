import type { Codec, UpstreamCodec } from "../core/codec.ts";
import type { ClientProtocol, ProtocolName } from "../core/protocol.ts";
import { anthropicMessages } from "./anthropic-messages/index.ts";
import { bedrockConverse } from "./bedrock-converse/index.ts";
import { cohereChat } from "./cohere-chat/index.ts";
import { dashscope } from "./dashscope/index.ts";
import { gemini } from "./gemini/index.ts";
import { openaiChat } from "./openai-chat/index.ts";
import { openaiResponses } from "./openai-responses/index.ts";
import { withOwnToolNames, withToolNames } from "./tool-names.ts";

const CODECS: ReadonlyMap<ClientProtocol, Codec> = new Map(
  [openaiChat, openaiResponses, anthropicMessages, gemini].map((codec) => [
    codec.protocol,
    withOwnToolNames(withToolNames(codec)),
  ]),
);

const UPSTREAM_CODECS: ReadonlyMap<ProtocolName, UpstreamCodec> = new Map<ProtocolName, UpstreamCodec>([
  ...CODECS,
  ...[bedrockConverse, cohereChat, dashscope].map((codec) => [codec.protocol, withToolNames(codec)] as const),
]);

/** The codec of a protocol clients speak. */
export function codecFor(protocol: ClientProtocol): Codec {
  const codec = CODECS.get(protocol);
  if (codec === undefined) throw new Error(`There is no codec for ${protocol}.`);
  return codec;
}

/** The provider's side of any protocol. Throws for one that has none, which only a provider's wrong declaration can ask for. */
export function upstreamCodecFor(protocol: ProtocolName): UpstreamCodec {
  const codec = UPSTREAM_CODECS.get(protocol);
  if (codec === undefined) throw new Error(`There is no codec for ${protocol}.`);
  return codec;
}
