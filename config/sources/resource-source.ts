import type { Resource } from "../kubernetes/resource.ts";
import type { Written } from "../kubernetes/translator.ts";

/** Something of a source that could not be read. */
export interface SourceProblem {
  /** `gateway/shop.yaml:12`, or what the API server was asked. */
  readonly place: string;
  readonly message: string;
}

/** Where Kubernetes objects come from. It fills a set of them and keeps it up to date. */
export interface ResourceSource {
  /** Resolves once all objects are in the set. Rejects with an Error that says why nothing can be read. */
  open(changed: () => void): Promise<void>;
  /** What cannot be read at the moment. */
  readonly problems: readonly SourceProblem[];
  /** Writes an object's status, where the source can; what it was written already is not written again. */
  writeStatus?(resource: Resource, status: Written): void;
  close(): Promise<void>;
}
