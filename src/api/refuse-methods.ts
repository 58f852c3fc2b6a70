import type { RouteOptions } from 'fastify';
import type { ApiApp } from './api-app.ts';
import { ApiProblem } from './problem.ts';

/**
 * Answers 405 with `Allow` to a method that a known path does not have, before any body is read.
 * Call first; call the result when all routes are there.
 */
export function refuseOtherMethods(app: ApiApp): () => void {
  const methodsByUrl = new Map<string, Set<string>>();
  app.addHook('onRoute', ({ url, method }: RouteOptions) => {
    const methods = methodsByUrl.get(url) ?? new Set();
    for (const one of [method].flat()) methods.add(one);
    methodsByUrl.set(url, methods);
  });

  return () => {
    for (const [url, methods] of [...methodsByUrl]) {
      const allow = [...methods].sort().join(', ');
      const refuse = async (): Promise<never> => {
        throw new ApiProblem('method-not-allowed', `This path takes ${allow}.`, { headers: { allow } });
      };
      const others = app.supportedMethods.filter((method) => !methods.has(method));
      app.route({ method: others, url, schema: { hide: true }, onRequest: refuse, handler: refuse });
    }
  };
}
