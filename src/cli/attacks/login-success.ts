import { eventTypes } from '../../contracts/event-types.ts';
import { type Attack, integer } from './attack.ts';

export const loginSuccess: Attack = {
  id: 'login-success',
  title: 'A successful SSH login; after brute-force, the guess that was right',
  defaultCount: 1,
  defaultSpacingMs: 2_000,
  jitter: 0.1,
  step(_index, { user, target }, random) {
    const account = user ?? 'admin';
    return {
      eventType: eventTypes.loginSucceeded,
      source: 'sshd',
      port: 22,
      protocol: 'ssh',
      payload: { user: account, method: 'password', client_port: integer(random, 32_768, 60_999) },
      context: { user: account, host: target, category: 'authentication', outcome: 'success' },
    };
  },
};
