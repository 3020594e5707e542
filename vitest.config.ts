import { defineConfig } from 'vitest/config';

const execArgv = ['--disable-warning=ExperimentalWarning'];

/** Two projects: `normal` is `npm test`, `slow` is `npm run test:slow`. Sized for a machine with two cores. */
export default defineConfig({
  test: {
    pool: 'forks',
    maxWorkers: 2,
    // A test file's own processes (servers, DynamoDB Local) share the two cores with the workers.
    teardownTimeout: 20_000,
    projects: [
      {
        test: {
          name: 'normal',
          include: ['test/**/*.test.ts'],
          exclude: ['test/slow/**', 'node_modules/**'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
          execArgv,
        },
      },
      {
        test: {
          name: 'slow',
          include: ['test/slow/**/*.test.ts'],
          testTimeout: 900_000,
          hookTimeout: 300_000,
          fileParallelism: false,
          execArgv,
        },
      },
    ],
  },
});
