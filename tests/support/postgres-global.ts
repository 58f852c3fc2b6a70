import type { TestProject } from 'vitest/node';
import { findPostgres, startPostgres } from './postgres.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** A server to test against, or null when the machine has none. */
    postgresUrl: string | null;
  }
}

function isRequired(): boolean {
  return process.env['CI'] === 'true' || process.env['VERTICE_REQUIRE_POSTGRES'] === '1';
}

/**
 * Gives every test file the address of a real PostgreSQL: the one POSTGRES_TEST_URL names, else one of our
 * own. Without either the tests that need it say that they are skipped, or fail where they must not be.
 */
export default async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  const given = process.env['POSTGRES_TEST_URL'];
  if (given !== undefined && given !== '') {
    project.provide('postgresUrl', given);
    return undefined;
  }
  const programs = await findPostgres();
  if (programs === null) {
    if (isRequired()) {
      throw new Error(
        'No PostgreSQL server found: install one (Debian: postgresql) or set POSTGRES_TEST_URL.',
      );
    }
    process.stderr.write('No PostgreSQL server found: the tests that need one are skipped.\n');
    project.provide('postgresUrl', null);
    return undefined;
  }
  const server = await startPostgres(programs);
  project.provide('postgresUrl', server.url);
  return () => server.stop();
}
