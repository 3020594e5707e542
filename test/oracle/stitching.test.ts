import { stitchingSuite } from '../support/stitching-suite.ts';

stitchingSuite({ events: 10_000, ceiling: 0.9188 });
