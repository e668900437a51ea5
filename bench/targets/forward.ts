/** Sends a request on with its body read whole, and its answer back with the body untouched. */
export async function forward(upstream: string, request: Request): Promise<Response> {
  const { pathname, search } = new URL(request.url);
  const answer = await fetch(upstream + pathname + search, {
    method: "POST",
    body: await request.arrayBuffer(),
    headers: { "content-type": "application/json", authorization: "Bearer upstream" },
    signal: request.signal,
  });
  return new Response(answer.body, {
    status: answer.status,
    headers: { "content-type": answer.headers.get("content-type") ?? "" },
  });
}
