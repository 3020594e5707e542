/**
 * Makes something once and keeps it; a failure is not kept, so that the next caller tries again. For what a container
 * needs for its whole life but can only ask another service for.
 */
export function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make().catch((error: unknown) => {
      made = undefined;
      throw error;
    });
    return made;
  };
}
