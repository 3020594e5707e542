import { QualityReport } from '../../schemas/quality-report.ts';
import { json, operation, query } from './openapi-parts.ts';

/** The paths about data quality. */
export const quality = {
  '/api/quality': {
    get: operation(
      'What came from each source on each local day, what was wrong with it, and which rules are broken now',
      json('Figures; with a source by event, with an event its fields too', QualityReport),
      [
        query('source', 'Source id'),
        query('event', 'Name of a track event; page, screen or identify'),
        query('from', 'First local day, YYYY-MM-DD; seven days back unless said'),
        query('to', 'Last local day; today unless said. At most 31 days'),
      ],
    ),
  },
};
