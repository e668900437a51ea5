import type { Fault } from "../../core/fault.ts";
import type { HeaderView } from "../../core/header-list.ts";
import type { ProtocolName } from "../../core/protocol.ts";
import { upstreamCodecFor } from "../../protocols/index.ts";
import { garbage } from "./upstream-body.ts";

/** A provider's answer with a status that is no success, its body read. */
export interface ErrorAnswer {
  readonly status: number;
  readonly headers: HeaderView;
  readonly text: string;
}

/** What a provider's error answer comes to, in the words of the protocol it tells errors in. */
export function providerError(provider: string, protocol: ProtocolName, { status, headers, text }: ErrorAnswer): Fault {
  if (status < 400) return garbage(provider, `a ${status} redirect`);
  return upstreamCodecFor(protocol).error.decode(status, headers, parsedOr(text));
}

/** Some vendors' errors are JSON that is no object. */
function parsedOr(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
