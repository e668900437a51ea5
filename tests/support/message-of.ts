/** What a promise's rejection says; for one that does not fail, a text that no test waits for. */
export async function messageOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
    return "(it did not fail)";
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
