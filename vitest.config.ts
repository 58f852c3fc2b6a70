import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'tests/**/*.test.ts', 'bench/**/*.test.ts'],
    globalSetup: ['tests/support/postgres-global.ts', 'tests/support/kafka-global.ts'],
    testTimeout: 30_000,
    hookTimeout: 180_000,
    pool: 'forks',
    coverage: {
      provider: 'v8',
      include: ['src/**/*.ts'],
      exclude: [
        'src/**/*.test.ts',
        'src/**/contract.ts',
        'src/**/testing.ts',
        'src/**/testing/**',
        'src/**/*workbench.ts',
      ],
      reporter: ['text-summary', 'json-summary', 'html'],
    },
  },
});
