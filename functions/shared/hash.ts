import { hash } from 'node:crypto';

/** First `chars` characters of the base64url SHA-256 of a text: a short stable name. 22 characters are 132 bits. */
export const shortHash = (text: string, chars = 22): string => hash('sha256', text, 'base64url').slice(0, chars);
