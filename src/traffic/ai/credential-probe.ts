import type { Clock } from "../../core/clock.ts";
import type { Credential } from "../../core/provider.ts";
import { LiveExchange } from "../live-exchange.ts";
import { call, type CallDeps } from "./call.ts";
import { Inbound } from "./inbound.ts";
import { outgoing } from "./outgoing.ts";
import type { Target } from "./target.ts";

/** Nobody is waiting for this request, and nothing is written down of it. */
const NOBODY = { held() {}, over() {} };

/** Asks a provider a short question with one credential. Answers whether it had a good answer; never rejects. */
export async function probeCredential(
  deps: CallDeps,
  target: Target,
  model: string,
  credential: Credential,
): Promise<boolean> {
  const body = { model, messages: [{ role: "user", content: "Who are you?" }] };
  const inbound = new Inbound("openai-chat", JSON.stringify(body), body);
  try {
    const asked = outgoing(inbound, target);
    const answer = await call(deps, {
      exchange: exchange(deps.clock),
      target,
      outgoing: asked,
      stream: false,
      credential,
    });
    answer.attempt.release();
    return true;
  } catch {
    return false;
  }
}

function exchange(clock: Clock): LiveExchange {
  const request = new Request("http://health-check.invalid/v1/chat/completions", { method: "POST" });
  return new LiveExchange(request, { secure: false }, clock, NOBODY);
}
