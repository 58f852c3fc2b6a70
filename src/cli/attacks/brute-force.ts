import { eventTypes } from '../../contracts/event-types.ts';
import { type Attack, integer, pick } from './attack.ts';

export const bruteForce: Attack = {
  id: 'brute-force',
  title: 'Failed SSH logins: password guessing',
  defaultCount: 20,
  defaultSpacingMs: 1_500,
  jitter: 0.6,
  step(_index, { user, target }, random) {
    const account =
      user ?? pick(random, ['root', 'admin', 'ubuntu', 'postgres', 'oracle', 'test', 'git', 'pi']);
    return {
      eventType: eventTypes.loginFailed,
      source: 'sshd',
      port: 22,
      protocol: 'ssh',
      payload: { user: account, method: 'password', client_port: integer(random, 32_768, 60_999) },
      context: { user: account, host: target, category: 'authentication', outcome: 'failure' },
    };
  },
};
