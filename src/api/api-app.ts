import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type {
  FastifyBaseLogger,
  FastifyInstance,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from 'fastify';
import type { Authenticator } from './api-keys.ts';
import type { ApiDependencies, ApiLimits } from './ports.ts';

/** The server as routes see it: handlers are typed by their schemas. */
export type ApiApp = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>;

/** What routes have at hand. */
export interface ApiContext extends ApiDependencies {
  readonly limits: ApiLimits;
  readonly authenticator: Authenticator;
  /** Only this machine can reach the server. */
  readonly isLocal: boolean;
}
