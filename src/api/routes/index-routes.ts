import Type from 'typebox';
import type { ApiApp } from '../api-app.ts';

/** Where a reader starts: what there is, and the document that describes it. */
export function indexRoutes(app: ApiApp): void {
  app.get(
    '/api/v1',
    {
      config: { role: 'viewer' },
      schema: {
        tags: ['about'],
        summary: 'What there is.',
        response: {
          200: Type.Object({
            name: Type.Literal('vertice'),
            openapi: Type.String(),
            paths: Type.Array(Type.String()),
          }),
        },
      },
    },
    async () => ({
      name: 'vertice' as const,
      openapi: '/api/v1/openapi.json',
      paths: Object.keys(app.swagger().paths ?? {}).sort(),
    }),
  );

  app.get(
    '/api/v1/openapi.json',
    {
      config: { role: 'viewer' },
      schema: {
        tags: ['about'],
        summary: 'This description (OpenAPI 3.1).',
        response: { 200: Type.Unknown({ description: 'OpenAPI 3.1.' }) },
      },
    },
    async () => app.swagger(),
  );
}
