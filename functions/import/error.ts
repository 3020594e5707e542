/** A file cannot be imported; the message is meant for whoever dropped it, and holds nothing of its content. */
export class ImportError extends Error {
  override name = 'ImportError';
}
