import { AuthenticationError, MultipleErrors, NetworkError, ProtocolError } from '@platformatic/kafka';
import { describe, expect, it } from 'vitest';
import { VerticeError } from '../errors.ts';
import { brokerErrorOf, isAuthenticationError, kafkaUnavailable, memberIdOf } from './kafka-error.ts';

describe('errors of the client library', () => {
  it('give the broker’s answer from wherever it is, the newest first', () => {
    const rebalance = new ProtocolError('REBALANCE_IN_PROGRESS');
    const unknown = new ProtocolError('UNKNOWN_MEMBER_ID', null, {}, { memberId: 'm-1' });
    expect(brokerErrorOf(new MultipleErrors('tried twice', [rebalance, unknown]))).toBe('UNKNOWN_MEMBER_ID');
    expect(brokerErrorOf(new Error('outer', { cause: rebalance }))).toBe('REBALANCE_IN_PROGRESS');
    expect(memberIdOf(new MultipleErrors('one', [unknown]))).toBe('m-1');
    for (const other of [new NetworkError('gone'), 'text', null]) {
      expect(brokerErrorOf(other)).toBeNull();
      expect(memberIdOf(other)).toBeNull();
    }
  });

  it('are worth another try unless we are not let in', () => {
    const refused = new NetworkError('failed', {
      cause: new AuthenticationError('SASL authentication failed.'),
    });
    expect(isAuthenticationError(refused)).toBe(true);
    expect(kafkaUnavailable('connect', refused)).toMatchObject({ isRetryable: false });
    expect(isAuthenticationError(new ProtocolError('TOPIC_AUTHORIZATION_FAILED'))).toBe(true);
    expect(kafkaUnavailable('connect', new NetworkError('gone'))).toMatchObject({ isRetryable: true });
  });

  it('are told by their innermost message, and ours are left as they are', () => {
    const deep = new MultipleErrors('two', [
      new Error('first'),
      new NetworkError('failed', { cause: new Error('ECONNREFUSED') }),
    ]);
    expect(kafkaUnavailable('connect', deep).message).toContain('cannot connect: ECONNREFUSED;');
    expect(kafkaUnavailable('connect', 'odd').message).toContain('cannot connect: odd;');
    const own = new VerticeError('VTC_USAGE', 'ours');
    expect(kafkaUnavailable('connect', own)).toBe(own);
  });
});
