/** What Kubernetes objects came to, for `/debug/resources`. */
export interface ResourceReport {
  /** What could not be read at all. */
  readonly unread: readonly { readonly place: string; readonly message: string }[];
  readonly resources: readonly {
    /** `Ingress default/shop`. */
    readonly resource: string;
    readonly findings: readonly {
      readonly field: string;
      readonly message: string;
      readonly hint?: string;
      readonly severity: "error" | "warning";
    }[];
    readonly status?: Readonly<Record<string, unknown>>;
  }[];
}
