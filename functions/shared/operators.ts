import type { Source } from '../../schemas/event.ts';

/** Id of the source of what signed-in people declare over the API. It has no write key, and no other source may take its name. */
export const OPERATORS = 'operators';

/** The source of declarations that come over the API: the sign-in vouches for them as a secret key does. */
export const operatorsSource = (defaultRegion: string): Source => ({
  source_id: OPERATORS,
  name: 'Operators',
  channel: OPERATORS,
  class: 'secret',
  allowed_origins: [],
  default_region: defaultRegion,
  time_zone: 'UTC',
});
