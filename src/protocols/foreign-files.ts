/** Files that only the vendor who keeps them can read, told by how the vendor names them. */
import type { MediaPart, MediaSource } from "../core/chat.ts";
import type { ProtocolName } from "../core/protocol.ts";
import type { Losses } from "./losses.ts";

interface Keeper {
  readonly protocols: readonly ProtocolName[];
  readonly name: RegExp;
}

const KEEPERS: readonly Keeper[] = [
  { protocols: ["openai-chat", "openai-responses"], name: /^file-/ },
  { protocols: ["anthropic-messages"], name: /^file_/ },
  { protocols: ["gemini"], name: /^(?:gs:\/\/|https:\/\/generativelanguage\.googleapis\.com\/)/ },
];

function nameOf(source: MediaSource): string | undefined {
  if (source.type === "file") return source.id;
  return source.type === "url" ? source.url : undefined;
}

/** Whether a part's file is kept by a vendor of another protocol; it is a loss then. */
export function isForeign({ source }: MediaPart, protocol: ProtocolName, path: string, losses: Losses): boolean {
  const name = nameOf(source);
  const keeper = name === undefined ? undefined : KEEPERS.find((one) => one.name.test(name));
  if (keeper === undefined || keeper.protocols.includes(protocol)) return false;
  losses.dropped(path, "a file that only another vendor can read");
  return true;
}
