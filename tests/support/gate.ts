/** A promise a test opens by hand: what a fake upstream waits for in place of time. */
export interface Gate {
  readonly opened: Promise<void>;
  open(): void;
}

/** A closed gate. */
export function gate(): Gate {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { opened: promise, open: () => resolve() };
}

/** A promise that never settles, for upstreams that fall silent. */
export const never: Promise<void> = new Promise<void>(() => {});
