import { stitchingSuite } from '../support/stitching-suite.ts';

stitchingSuite({ events: 50_000, ceiling: 0.9965 });
