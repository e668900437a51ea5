/** A request to a listener of a data plane. */
export interface PlaneRequest {
  readonly method: string;
  /** Over TLS. */
  readonly secure: boolean;
  /** The certificate that the client shows, and its key: PEM. */
  readonly client?: { readonly cert: string; readonly key: string };
  /** With the query. */
  readonly path: string;
  /** `Host`, and with TLS the name that is asked for. */
  readonly host: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** What was answered. A header that came several times has its values in one, with commas. */
export interface PlaneAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** With TLS: the name in the certificate that was shown. */
  readonly certificate?: string;
}

/** Where a request goes: the listener of this name, or the one on this port. */
export type PlaneListener = "http" | "https" | number;

/** A data plane at work. */
export interface RunningPlane {
  request(listener: PlaneListener, asked: PlaneRequest): Promise<PlaneAnswer>;
  close(): Promise<void>;
}

/** A data plane that Kubernetes objects are given to: Sluice's own, or Envoy behind Sluice's control plane. */
export interface Plane {
  /** By which cases skip it. */
  readonly name: string;
  /** Its name in the tests' titles; left out: `name`. */
  readonly title?: string;
  /** Starts it with the objects of a folder, and resolves when they are in use. Rejects when it cannot be started. */
  start(resources: string): Promise<RunningPlane>;
}
