import { createRequire } from 'node:module';

/** This release, as package.json has it. */
export const version: string = ownVersion();

function ownVersion(): string {
  const manifest: unknown = createRequire(import.meta.url)('../package.json');
  return typeof manifest === 'object' && manifest !== null && 'version' in manifest
    ? String(manifest.version)
    : 'unknown';
}
