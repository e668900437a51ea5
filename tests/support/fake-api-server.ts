/**
 * A stand-in for kube-apiserver: lists with pages, watches with bookmarks and `410 Gone`, optimistic concurrency, merge patches of statuses,
 * as https://kubernetes.io/docs/reference/using-api/api-concepts/ has them. It knows no schemas, and authorizes by one bearer token.
 */
export class FakeApiServer implements AsyncDisposable {
  readonly #objects = new Map<string, KubeObject>();
  readonly #watches = new Set<Watch>();
  readonly #server: Bun.Server<undefined>;
  /** What was asked: `GET /api/v1/services?limit=500`. */
  readonly asked: string[] = [];
  token: string = "the-token";
  /** Collections that this server does not have. */
  readonly absent: Set<string> = new Set();
  /** Answers these statuses, in turn, before it works again. */
  readonly refusals: number[] = [];
  #version: number;
  /** Versions before this one can be watched from no more. */
  #oldest: number;

  /** `version`: how far its store has come, of which it remembers nothing. */
  constructor(port = 0, version = 100) {
    this.#version = version;
    this.#oldest = version;
    this.#server = Bun.serve({
      port,
      hostname: "127.0.0.1",
      idleTimeout: 0,
      fetch: (request) => this.#answer(request),
    });
  }

  get url(): string {
    return `http://127.0.0.1:${this.#server.port}`;
  }

  get watches(): number {
    return this.#watches.size;
  }

  /** Writes an object below a collection, such as `/api/v1/namespaces/default/services`. */
  put(collection: string, object: Written): void {
    const path = `${collection}/${nameOf(object)}`;
    const type = this.#objects.has(path) ? "MODIFIED" : "ADDED";
    const kept = this.#kept(object);
    this.#objects.set(path, kept);
    this.#tell(path, type, kept);
  }

  delete(collection: string, name: string): void {
    const path = `${collection}/${name}`;
    const object = this.#objects.get(path);
    this.#objects.delete(path);
    if (object !== undefined) this.#tell(path, "DELETED", this.#kept(object));
  }

  get(path: string): KubeObject | undefined {
    return this.#objects.get(path);
  }

  bookmark(): void {
    const resourceVersion = String(this.#version);
    for (const watch of this.#watches) watch.send({ type: "BOOKMARK", object: { metadata: { resourceVersion } } });
  }

  /** Ends the watches, as a server does that restarts or has waited long enough. */
  endWatches(): void {
    for (const watch of this.#watches) watch.end();
  }

  /** Forgets what was before now: watches from there are answered with 410. */
  compact(): void {
    this.#oldest = ++this.#version;
  }

  /** Tells all watches that they are too old. */
  expireWatches(): void {
    for (const watch of this.#watches) watch.send({ type: "ERROR", object: { code: 410, message: "too old" } });
    this.endWatches();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.endWatches();
    await this.#server.stop(true);
  }

  #kept(object: Written): KubeObject {
    const resourceVersion = String(++this.#version);
    return { ...object, metadata: { ...metadataOf(object), resourceVersion } };
  }

  #tell(path: string, type: string, object: KubeObject): void {
    for (const watch of this.#watches) if (watch.covers(path)) watch.send({ type, object });
  }

  #answer(request: Request): Response | Promise<Response> {
    const url = new URL(request.url);
    this.asked.push(`${request.method} ${url.pathname}${url.search}`);
    const refusal = this.refusals.shift();
    if (refusal !== undefined) return failure(refusal, "not now");
    if (request.headers.get("authorization") !== `Bearer ${this.token}`) return failure(401, "Unauthorized");
    if ([...this.absent].some((collection) => url.pathname.includes(collection))) return failure(404, "no such kind");
    if (request.method === "PATCH") return this.#patch(url.pathname, request);
    if (request.method === "PUT" || request.method === "POST") return this.#write(url.pathname, request);
    const object = this.#objects.get(url.pathname);
    if (object !== undefined) return Response.json(object);
    if (/\/namespaces\/[^/]+\/[^/]+\/[^/]+$/.test(url.pathname)) return failure(404, "not found");
    const shown = shownTo(request.headers.get("accept") ?? "");
    return url.searchParams.get("watch") === "true" ? this.#watch(url, shown) : this.#list(url, shown);
  }

  #list({ pathname, searchParams }: URL, shown: Shown): Response {
    const all = [...this.#objects].filter(([path]) => covers(pathname, path)).map(([, object]) => object);
    const from = Number(searchParams.get("continue") ?? "0");
    const limit = Number(searchParams.get("limit") ?? "0") || all.length;
    const more = from + limit < all.length ? { continue: String(from + limit) } : {};
    // Objects in a list do not say their kind.
    const unsaid = { apiVersion: undefined, kind: undefined };
    const items = all.slice(from, from + limit).map((object) => shown(Object.assign({}, object, unsaid)));
    return Response.json({ kind: "List", metadata: { resourceVersion: String(this.#version), ...more }, items });
  }

  #watch({ pathname, searchParams }: URL, shown: Shown): Response {
    const from = Number(searchParams.get("resourceVersion"));
    if (from < this.#oldest) return failure(410, "too old resource version");
    const encoder = new TextEncoder();
    let watch: Watch | undefined;
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        watch = {
          covers: (path) => covers(pathname, path),
          send: ({ type, object }) =>
            controller.enqueue(encoder.encode(`${JSON.stringify({ type, object: shown(object) })}\n`)),
          end: () => {
            this.#watches.delete(watch as Watch);
            controller.close();
          },
        };
        this.#watches.add(watch);
        // Headers go out with the first byte.
        controller.enqueue(encoder.encode("\n"));
        for (const [path, object] of this.#objects) {
          const later = Number(object.metadata.resourceVersion) > from;
          if (later && watch.covers(path)) watch.send({ type: "MODIFIED", object });
        }
      },
      cancel: () => void this.#watches.delete(watch as Watch),
    });
    return new Response(body, { headers: { "content-type": "application/json" } });
  }

  async #patch(pathname: string, request: Request): Promise<Response> {
    const path = pathname.replace(/\/status$/, "");
    const object = this.#objects.get(path);
    if (object === undefined) return failure(404, "not found");
    const patch = (await request.json()) as Written;
    const { resourceVersion, ...metadata } = metadataOf({ metadata: {}, ...patch });
    if (resourceVersion !== undefined && resourceVersion !== object.metadata.resourceVersion) {
      return failure(409, "the object has been modified");
    }
    const status = { ...(object["status"] as Written | undefined), ...(patch["status"] as Written | undefined) };
    const whole = { ...object, ...patch, metadata: { ...object.metadata, ...metadata }, status };
    this.put(path.slice(0, path.lastIndexOf("/")), whole);
    return Response.json(this.#objects.get(path));
  }

  async #write(pathname: string, request: Request): Promise<Response> {
    const object = (await request.json()) as Written;
    const path = request.method === "POST" ? `${pathname}/${nameOf(object)}` : pathname;
    const there = this.#objects.get(path)?.metadata.resourceVersion;
    if (there !== (request.method === "POST" ? undefined : metadataOf(object)["resourceVersion"])) {
      return failure(409, "the object has been modified");
    }
    this.put(path.slice(0, path.lastIndexOf("/")), object);
    return Response.json(this.#objects.get(path));
  }
}

type Written = Readonly<Record<string, unknown>>;

interface KubeObject extends Written {
  readonly metadata: Written & { readonly resourceVersion: string };
}

interface Watch {
  covers(path: string): boolean;
  send(event: { readonly type: string; readonly object: Written }): void;
  end(): void;
}

/** An object as somebody is shown it. */
type Shown = (object: Written) => Written;

/** Who accepts PartialObjectMetadata is told no more than that. */
function shownTo(accepted: string): Shown {
  if (!/^application\/json;as=PartialObjectMetadata(?:List)?;g=meta\.k8s\.io;v=v1\b/.test(accepted))
    return (all) => all;
  return (object) =>
    object["metadata"] === undefined
      ? object
      : { kind: "PartialObjectMetadata", apiVersion: "meta.k8s.io/v1", metadata: object["metadata"] };
}

function metadataOf(object: Written): Written {
  return object["metadata"] as Written;
}

function nameOf(object: Written): string {
  return String(metadataOf(object)["name"]);
}

/** Whether an object is in a collection: of its namespace, or of all of them. */
function covers(collection: string, path: string): boolean {
  const parent = path.slice(0, path.lastIndexOf("/"));
  return parent === collection || parent.replace(/\/namespaces\/[^/]+(?=\/)/, "") === collection;
}

function failure(code: number, message: string): Response {
  return Response.json({ kind: "Status", status: "Failure", message, code }, { status: code });
}
