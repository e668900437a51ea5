/** The form an image shall have: its sides in pixels, or (when not `exact`) only how they stand to each other. */
export interface ImageSize {
  readonly width: number;
  readonly height: number;
  readonly exact: boolean;
}

/** A request for images of what a text says. */
export interface ImageRequest {
  readonly prompt: string;
  readonly count?: number;
  readonly size?: ImageSize;
  /** `image/png` and the like. */
  readonly mimeType?: string;
  /** From 0 to 100. */
  readonly compression?: number;
  /** The client said which of the two it wants: where the image is, or the image. */
  readonly wants?: "url" | "data";
}

/** One image: base64, or where it is for a while. */
export interface GeneratedImage {
  readonly source: { readonly data: string } | { readonly url: string };
  readonly mimeType: string;
  /** The prompt as the vendor made it better. */
  readonly prompt?: string;
}

/** The images that were made: one at least. */
export interface ImageAnswer {
  readonly images: readonly GeneratedImage[];
  readonly inputTokens?: number;
  readonly outputTokens?: number;
}
