import Type from 'typebox';

/** What fire needs to know; its stack supplies exactly this. */
export const FireEnv = Type.Object({
  PERSONS_TABLE: Type.String({ minLength: 1 }),
  OUTBOX_TABLE: Type.String({ minLength: 1 }),
  SPILL_BUCKET: Type.String({ minLength: 1 }),
  LAKE_PREFIX: Type.String({ minLength: 1 }),
  TIMER_GROUP: Type.String({ minLength: 1 }),
  TIMER_ROLE_ARN: Type.String({ minLength: 1 }),
  TIMER_DEAD_LETTER_ARN: Type.String({ minLength: 1 }),
  KEY_ID: Type.String({ minLength: 1 }),
  /** Where messages of the channel `webhook` go; absent when no campaign uses it. */
  WEBHOOK_URL: Type.Optional(Type.String({ pattern: '^https://' })),
  /** The signing secret, encrypted with the deployment's KMS key, in base64. */
  WEBHOOK_WRAPPED_SECRET: Type.Optional(Type.String({ minLength: 1 })),
});
