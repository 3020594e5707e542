/** What KMS encrypts a platform's secret under: it opens as this source's, and for no other purpose. */
export const sealingContext = (source_id: string): Record<string, string> => ({
  purpose: SOURCE_SECRET,
  source: source_id,
});

/** The stages whose functions decrypt platforms' secrets; the key refuses all others. */
export const OPENERS: readonly string[] = ['collect', 'connect'];

/** By this, permissions tell these secrets from all else that the deployment's key encrypts. */
export const SOURCE_SECRET = 'source-secret';
