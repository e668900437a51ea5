/** Headers that come after a body; undefined when there are none. Settled once the body was read to its end. */
export type Trailers = Promise<Headers | undefined>;

const trailers = new WeakMap<Response, Trailers>();

/** Says what comes after a response's body: the standard has no place for it. Answers the response. */
export function withTrailers(response: Response, coming: Trailers): Response {
  trailers.set(response, coming);
  // Nobody need ask; a body that breaks off says so itself.
  coming.catch(() => {});
  return response;
}

/** What comes after its body, where something may. Another Response with the same body has none, unless it is given them. */
export function trailersOf(response: Response): Trailers | undefined {
  return trailers.get(response);
}
