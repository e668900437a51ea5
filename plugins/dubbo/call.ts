import type { JavaObject, JavaValue } from "./hessian/java-value.ts";

/** A generic call: values are plain ones, and the provider makes its own types of them. */
export interface DubboCall {
  readonly service: string;
  readonly version: string;
  readonly group: string;
  readonly method: string;
  /** Java types of the parameters. */
  readonly types: readonly string[];
  readonly values: readonly JavaValue[];
  readonly attachments: Readonly<Record<string, string>>;
}

/** What a provider answered: a value, or what the method threw. */
export type DubboResult = ({ readonly value: JavaValue } | { readonly error: JavaValue }) & {
  readonly attachment?: JavaObject;
};

/** Why a call has no answer. `unreachable`: it reached nobody, so another endpoint may be asked. */
export type DubboFailure = "unreachable" | "timeout" | "broken" | "refused" | "too_large" | "aborted";

/** A call without an answer. */
export class DubboError extends Error {
  readonly failure: DubboFailure;

  constructor(failure: DubboFailure, message: string) {
    super(message);
    this.failure = failure;
  }
}

/** The longest answer that is read, in bytes. Dubbo's own limit is 8 MiB where nobody has raised it. */
export const LONGEST_ANSWER: number = 32 * 2 ** 20;

/** A provider at an address, connected. */
export interface Connection {
  /** It takes no further calls: the next one needs a new connection. */
  readonly ended: boolean;
  /** Rejects with a {@link DubboError}, or with the signal's reason, which has to be one. */
  call(call: DubboCall, signal: AbortSignal): Promise<DubboResult>;
  close(): void;
}
