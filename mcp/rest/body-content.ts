/** What goes into a request's body, and what it is. */
export interface RequestBody {
  readonly bytes: string | Uint8Array<ArrayBuffer>;
  /** Set where the tool's own headers name none. */
  readonly contentType: string | undefined;
}
