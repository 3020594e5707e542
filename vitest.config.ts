import { defineConfig } from 'vitest/config';

const execArgv = ['--disable-warning=ExperimentalWarning'];

/** `normal` is `npm test`, `slow` is `npm run test:slow`, `deploy` is `npm run test:deploy`. Sized for a machine with two cores. */
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
          exclude: ['test/slow/**', 'test/deploy/**', 'test/trino/**', 'node_modules/**'],
          // For what hangs: on a machine that is busy with other things, what takes ten seconds alone takes a minute or two.
          testTimeout: 180_000,
          hookTimeout: 180_000,
          execArgv,
        },
      },
      {
        test: {
          name: 'slow',
          include: ['test/slow/**/*.test.ts', 'test/trino/**/*.test.ts'],
          testTimeout: 900_000,
          hookTimeout: 300_000,
          fileParallelism: false,
          execArgv,
        },
      },
      {
        test: {
          name: 'deploy',
          include: ['test/deploy/**/*.test.ts'],
          // On AWS itself, files of the lake are minutes apart.
          testTimeout: 3_600_000,
          hookTimeout: 3_600_000,
          fileParallelism: false,
          execArgv,
        },
      },
    ],
  },
});
